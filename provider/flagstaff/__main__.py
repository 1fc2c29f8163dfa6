"""`python -m flagstaff` is the same as the `flagstaff` command."""

from flagstaff.cli.main import main

if __name__ == "__main__":
    main()

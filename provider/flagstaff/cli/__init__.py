"""The command line: arguments, an operation, a view. One file a command."""

"""PostgreSQL URLs: what they lead to, and which are refused, without a word of theirs being repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagstaff.postgres.url import Place, UrlError, check, parse


@pytest.mark.parametrize(
    ("url", "place", "shown"),
    [
        (
            "postgresql://ann@db.example.gov:5433/va",
            Place((("db.example.gov", "5433"),), "va", "ann"),
            "postgresql://db.example.gov:5433/va",
        ),
        ("postgres://db/va", Place((("db", ""),), "va"), "postgresql://db/va"),
        (
            "postgresql://a%40b:p%3A%2F%40ss@h/d%2Fb?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
            Place((("h", ""),), "d/b", "a@b", "p:/@ss", {"sslmode": "verify-full", "sslrootcert": "/etc/ca.pem"}),
            "postgresql://h/d/b",
        ),
        (
            "postgresql://u@one:1,two,[fe80::1]:3/db?target_session_attrs=read-write",
            Place((("one", "1"), ("two", ""), ("fe80::1", "3")), "db", "u", "", {"target_session_attrs": "read-write"}),
            "postgresql://one:1,two,[fe80::1]:3/db",
        ),
        ("postgresql://%2Frun%2Fpg/db", Place((("/run/pg", ""),), "db"), "postgresql:///run/pg/db"),
        (
            "postgresql://u@/db?host=/run/pg&port=5433",
            Place((("/run/pg", "5433"),), "db", "u"),
            "postgresql:///run/pg:5433/db",
        ),
        ("postgresql://h/größe", Place((("h", ""),), "größe"), "postgresql://h/größe"),
    ],
)
def test_what_a_url_says(url, place, shown):
    assert check(url) is None
    assert parse(url) == place
    assert str(place) == shown


FORM = (
    'must be a URL such as "postgresql://user@host:5432/database", with %-escapes for characters that mean something '
    "in a URL (@ : / ? # % and blanks)"
)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        (5, 'must be a URL such as "postgresql://user@host:5432/database"'),
        ("", FORM),
        ("mysql://h/db", FORM),
        ("host=h dbname=db", FORM),
        ("postgresql://u:CANARY@evil@h/db", FORM),
        ("postgresql://u:CAN/ARY@h/db", FORM),
        ("postgresql://u:CAN ARY@h/db", FORM),
        ("postgresql://u:CANARY%zz@h/db", FORM),
        ("postgresql://h/db#part", FORM),
        ("postgresql://h/db\n", FORM),
        ("postgresql://u:%ff@h/db", "must hold %-escapes of UTF-8 text"),
        ("postgresql://u:%00@h/db", "must hold %-escapes of UTF-8 text"),
        ("postgresql:///db", 'must name a host, as in "postgresql://user@host:5432/database"'),
        ("postgresql://h", 'must name a database, as in "postgresql://user@host:5432/database"'),
        ("postgresql://h/", 'must name a database, as in "postgresql://user@host:5432/database"'),
        ("postgresql://h:99999/db", 'must name its host and port as in "postgresql://user@host:5432/database"'),
        ("postgresql://h:0/db", 'must name its host and port as in "postgresql://user@host:5432/database"'),
        ("postgresql://a,/db", 'must name its host and port as in "postgresql://user@host:5432/database"'),
        ("postgresql://a%2Cevil/db", 'must name its host and port as in "postgresql://user@host:5432/database"'),
        ("postgresql://fe80::1/db", 'must name its host and port as in "postgresql://user@host:5432/database"'),
        ("postgresql://h/db?host=evil", "must name its host once, before the database or as a parameter"),
        ("postgresql:///db?host=a,b", "must name one host as a parameter, and its port as a number"),
        ("postgresql:///db?host=a&port=x", "must name one host as a parameter, and its port as a number"),
        ("postgresql://h/db?port=5", "must give its port behind the host"),
        ("postgresql://h/db?sslmod=require", 'takes no parameter "sslmod". Did you mean "sslmode"?'),
        ("postgresql://h/db?passfile=/root/.pgpass", 'takes no parameter "passfile"'),
        ("postgresql://h/db?hostaddr=10.0.0.1", 'takes no parameter "hostaddr"'),
        ("postgresql://h/db?service=prod", 'takes no parameter "service"'),
        ("postgresql://h/db?CANARY%20=1", "takes no parameter of that name"),
        (
            "postgresql://h/db?password=CANARY",
            (
                'takes no parameter "password": it stands before the question mark, as in '
                '"postgresql://user@host:5432/database"'
            ),
        ),
        ("postgresql://h/db?sslmode", 'must give the parameter "sslmode" once, with a value'),
        ("postgresql://h/db?sslmode=a&sslmode=b", 'must give the parameter "sslmode" once, with a value'),
    ],
)
def test_what_is_refused(url, wrong):
    assert check(url) == wrong
    assert "CANARY" not in wrong


@given(st.text(max_size=12))
def test_no_password_shows(secret):
    from urllib.parse import quote

    place = parse(f"postgresql://u:{quote('CANARY' + secret.replace(chr(0), ''), safe='')}@h/db")
    assert place.password.startswith("CANARY")
    assert "CANARY" not in repr(place) + str(place)


@given(st.text("postgresql://@:?#%=&,[]/ab1", max_size=30))
def test_any_text_is_read_or_refused(tail):
    try:
        place = parse(f"postgresql://{tail}")
    except UrlError:
        return
    assert place.hosts
    assert all(host and "," not in host for host, _ in place.hosts)
    assert place.database


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:p%40ss@db.example.gov:5433/va?sslmode=require",
        "postgres://db/va",
        "postgresql://%2Frun%2Fpg/db",
        "postgresql://one:1,two:2/db",
        "postgresql://[::1]:5/db",
    ],
)
def test_the_driver_reads_them_alike(url):
    """What is compared with the allowed hosts is what the driver would have made of the same text."""
    conninfo = pytest.importorskip("psycopg.conninfo")
    told, place = conninfo.conninfo_to_dict(url), parse(url)
    assert told["host"] == ",".join(host for host, _ in place.hosts)
    assert told.get("port", "") == ",".join(port for _, port in place.hosts)
    assert told["dbname"] == place.database
    assert told.get("user", "") == place.user
    assert told.get("password", "") == place.password

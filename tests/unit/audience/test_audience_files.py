"""Populations from files: what is read, what is refused, and that no message tells an id."""

import sys
import traceback
import tracemalloc

import pyarrow as pa
import pytest
from pyarrow import parquet

from flagstaff.audience.columns import PopulationError
from flagstaff.audience.files import read_population

SECRET = "canary.7c1@example.gov"


@pytest.fixture
def write(tmp_path):
    def make(name, content):
        path = tmp_path / name
        if isinstance(content, dict):
            parquet.write_table(pa.table(content), path, row_group_size=3)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def people(population, rows=1_000):
    """Kind to ids, segments and products, of all chunks together."""
    chunks = list(population.chunks(rows))
    assert all(chunk.size <= rows for chunk in chunks)
    ids = {kind: [id for chunk in chunks for id in chunk.ids[kind]] for kind in chunks[0].ids}
    segments = [name for chunk in chunks for name in chunk.segments or ()]
    products = {name: [bool(own) for chunk in chunks for own in chunk.products[name]] for name in chunks[0].products}
    return ids, segments, products


def refused(path, *arguments, **fields):
    """Summary and detail; neither they nor the traceback tell an id."""
    with pytest.raises(PopulationError) as caught:
        people(read_population(path, *arguments, **fields))
    error = caught.value
    assert "canary" not in "".join(traceback.format_exception(error))
    return error.summary, error.detail


@pytest.mark.parametrize(
    "content",
    ["a\nb\n\nc", "a\r\nb\r\n  \r\nc\r\n", "\ufeffa\n b \nc\n\n", "\n\na\nb\nc"],
)
def test_text_is_an_id_a_line(write, content):
    population = read_population(write("ids.txt", content))
    assert people(population) == ({"": [b"a", b"b", b"c"]}, [], {})
    assert people(population, 2)[0] == {"": [b"a", b"b", b"c"]}
    assert (population.what, population.seed) == ("ids.txt", None)


def test_text_over_many_blocks(write):
    lines = [f"größe {number}" for number in range(200_000)]
    path = write("ids", "\n".join(lines))
    assert path.stat().st_size > 2 * 2**20
    assert people(read_population(path))[0][""] == [line.encode() for line in lines]


def test_text_that_is_no_list_of_ids(write):
    path = write("ids.txt", b"x" * 3 * 2**20)
    assert refused(path) == (
        "Population is no list of ids",
        f"{path} has a line of more than 65,536 bytes: it is no list of ids.",
    )


@pytest.mark.parametrize(("before", "line"), [(0, 1), (3, 4), (150_000, 150_001)])
@pytest.mark.parametrize("end", [b"", b"\nmore"])
def test_text_that_is_not_utf8(write, before, line, end):
    path = write("ids.txt", b"canary-abc\n" * before + b"canary\xff" + end)
    assert refused(path) == (
        "Population is not UTF-8",
        f"{path} is not UTF-8 at line {line}. Convert it, then try again.",
    )


def test_text_has_no_columns(write):
    path = write("ids.txt", SECRET)
    assert refused(path, {"mail": "mail"}) == (
        "Population has no columns",
        f"{path} is read as text, an id a line. Columns need a .csv or .parquet file.",
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", ""),
        ("a.txt", "\n \n"),
        ("a.csv", "id,segment\n"),
        ("a.csv", "id,segment\n,vista\n \t,dual\n"),
        ("a.parquet", {"id": pa.array([], pa.string())}),
        ("a.parquet", {"id": pa.array([None, None, "", ""], pa.string())}),
    ],
)
def test_a_file_without_ids(write, name, content):
    path = write(name, content)
    assert refused(path) == (
        "Population is empty",
        f"{path} holds no id: nobody's share can be computed from it.",
    )


def test_a_file_that_is_not_there(tmp_path):
    path = tmp_path / "gone.txt"
    assert refused(path) == ("Population can't be read", f"{path} can't be read: No such file or directory.")
    path = tmp_path / "gone.parquet"
    assert refused(path) == ("Population can't be read", f"{path} can't be read: No such file or directory.")


TABLE = {
    "mail": ["a@example.gov", "b@example.gov", None, None, "e@example.gov"],
    "icn": ["1", None, "3", None, "5"],
    "segment": ["vista", "dual", "oracle", "vista", None],
    "medications": [True, False, True, True, None],
    "notes": ["x", "y", "z", "u", "v"],
}
CSV = '''\ufeffmail,icn,segment,medications,notes
a@example.gov,1,vista,True,x
b@example.gov,,dual,no,"y, or ""z"""
,3, oracle ,1,z

,,vista,1,u
e@example.gov,5,,,
'''
PEOPLE = (
    {"mail": [b"a@example.gov", b"b@example.gov", None, b"e@example.gov"], "icn": [b"1", None, b"3", b"5"]},
    ["vista", "dual", "oracle", ""],
    {"medications": [True, False, True, False]},
)


@pytest.mark.parametrize(("name", "content"), [("people.csv", CSV), ("people.parquet", TABLE), ("PEOPLE.CSV", CSV)])
@pytest.mark.parametrize("rows", [1, 2, 100])
def test_tables_with_several_ids_a_segment_and_users_of_a_product(write, name, content, rows):
    path = write(name, content)
    population = read_population(path, {"mail": "mail", "icn": "icn"}, ["medications", "appointments"])
    assert people(population, rows) == PEOPLE
    assert population.what == f"{name} (mail, icn)"


@pytest.mark.parametrize(("name", "content"), [("people.csv", CSV), ("people.parquet", TABLE)])
def test_one_id_of_several(write, name, content):
    path = write(name, content)
    ids, segments, products = people(read_population(path, {"": "icn"}))
    assert ids == {"": [b"1", b"3", b"5"]}
    assert segments == ["vista", "oracle", ""]
    assert products == {}


@pytest.mark.parametrize(("name", "content"), [("a.csv", "mail\nx\n"), ("a.parquet", {"mail": ["x"]})])
def test_the_only_column_holds_the_ids(write, name, content):
    assert people(read_population(write(name, content)))[0] == {"": [b"x"]}


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", "mail,icns\nx,1\n"), ("a.parquet", {"mail": ["x"], "icns": ["1"]})],
)
def test_a_missing_column(write, name, content):
    path = write(name, content)
    assert refused(path) == ("Unknown column", f'{path} has no column "id" with ids. It has mail, icns.')
    assert refused(path, {"": "icn"}) == (
        "Unknown column",
        f'{path} has no column "icn" with ids. Did you mean "icns"? It has mail, icns.',
    )


def test_no_columns_at_all(write):
    path = write("a.csv", "")
    assert refused(path) == ("Unknown column", f'{path} has no column "id" with ids. It has no columns.')


def test_two_columns_of_one_name(write):
    path = write("a.csv", "id,x,x\n1,2,3\n")
    assert refused(path) == ("Duplicate column", f'{path} has more than one column "x".')


def test_csv_of_another_width(write):
    path = write("a.csv", f"id,segment\na,vista\n{SECRET}\n")
    assert refused(path) == ("Population can't be read", f"{path} has 1 cells at line 3, and 2 in its first line.")


def test_csv_that_is_not_utf8(write):
    path = write("a.csv", b"id\ncanary\xff\n")
    assert refused(path) == (
        "Population is not UTF-8",
        f"{path} is not UTF-8 after line 0. Convert it, then try again.",
    )


def test_csv_with_an_open_quote(write):
    path = write("a.csv", 'id\na\n"' + "canary" * 100_000)
    assert refused(path) == (
        "Population can't be read",
        f"{path} is no CSV file at line 3: a cell is too long, or a quote is never closed.",
    )


def test_users_of_a_product_are_true_or_false(write):
    path = write("a.csv", f"id,p\na,yes\nb,{SECRET}\n")
    assert refused(path, products=["p"]) == (
        "Invalid column",
        f'The column "p" of {path} says who uses p: true or false, and it holds something else.',
    )
    path = write("a.parquet", {"id": [SECRET], "p": [SECRET]})
    assert refused(path, products=["p"]) == (
        "Invalid column",
        f'The column "p" of {path} says who uses p: true or false, and it holds string.',
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array(["a", "größe", None]), [b"a", "größe".encode()]),
        (pa.array(["a", "b"], pa.large_string()), [b"a", b"b"]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), [b"a", b"b", b"a"]),
        (pa.array([b"a", b"\xc3\xa9"]), [b"a", b"\xc3\xa9"]),
        (pa.array([17, 2**40, None]), [b"17", b"1099511627776"]),
        (pa.array([2**64 - 1], pa.uint64()), [b"18446744073709551615"]),
    ],
)
def test_parquet_s_kinds_of_text(write, values, expected):
    assert people(read_population(write("a.parquet", {"id": values})))[0] == {"": expected}


@pytest.mark.parametrize(("values", "type"), [([1.5], "double"), ([["a"]], "list<element: string>")])
def test_parquet_s_other_kinds(write, values, type):
    path = write("a.parquet", {"id": values})
    assert refused(path) == (
        "Invalid column",
        f'The column "id" of {path} holds {type}; ids and segments are text or whole numbers.',
    )


def test_parquet_that_is_not_utf8(write):
    """Halves of a character in two rows are not a character."""
    path = write("a.parquet", {"id": pa.array([b"ok", b"canary\xc3", b"\xa9"])})
    assert refused(path) == (
        "Population is not UTF-8",
        f'{path} is not UTF-8 in the column "id". Convert it, then try again.',
    )


def test_what_is_no_parquet_file(write):
    path = write("a.parquet", SECRET)
    assert refused(path) == ("Population can't be read", f"{path} is no Parquet file, or a part of it is damaged.")


def test_without_pyarrow(write, monkeypatch):
    path = write("a.parquet", {"id": ["x"]})
    monkeypatch.setitem(sys.modules, "flagstaff.audience.parquet", None)
    assert refused(path) == (
        "pyarrow is missing",
        f"{path} is a Parquet file, and reading it needs pyarrow: install flagstaff[parquet], or use CSV.",
    )


@pytest.mark.parametrize("suffix", ["txt", "csv"])
def test_memory_does_not_grow_with_the_file(tmp_path, suffix):
    """All of them would be 25 MB."""
    path = tmp_path / f"ids.{suffix}"
    with path.open("w") as file:
        file.write("id\n")
        for number in range(300_000):
            file.write(f"{number:038d}\n")
    population = read_population(path)
    tracemalloc.start()
    try:
        size = sum(chunk.size for chunk in population.chunks(10_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == 300_000 + (suffix == "txt")
    assert peak < 10 * 2**20

"""The layout of `flagstaff fmt` is that of HCL's own formatter, byte for byte.

The judge's answers to all edge cases and some random texts are kept; where Go is, it is asked about thousands more.
"""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from flagstaff.diagnostics import Diagnostics
from flagstaff.language.formatting import layout
from flagstaff.language.parse import parse
from flagstaff.language.source import Source

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "hclwrite"
EDGES = json.loads((ROOT / "tests/data/fmt/edges.json").read_text(encoding="utf-8"))
RANDOM = json.loads((ROOT / "tests/data/fmt/random.json").read_text(encoding="utf-8"))


def module(name):
    spec = importlib.util.spec_from_file_location(f"flagstaff_hclwrite_{name}", HERE / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


judge, edge_texts, random_texts = module("judge"), module("edge_texts"), module("random_texts")


def is_valid(text):
    diagnostics = Diagnostics()
    parse(Source("main.hcl", text), diagnostics)
    return not diagnostics.has_errors


def differences(texts, answers):
    pairs = zip(texts, answers, strict=True)
    return [(text, answer, ours) for text, answer in pairs if answer is not None and (ours := layout(text)) != answer]


def test_the_answers_are_those_to_the_edge_cases():
    assert [text for text, _ in EDGES] == edge_texts.edges()
    assert len(EDGES) == 569
    assert sum(answer is not None for _, answer in EDGES) == 558


@pytest.mark.parametrize(("text", "answer"), [pair for pair in EDGES if pair[1] is not None], ids=ascii)
def test_an_edge_case_is_laid_out_as_kept(text, answer):
    assert layout(text) == answer


def test_random_texts_are_laid_out_as_kept():
    assert sum(answer is not None for _, answer in RANDOM) > 250
    assert differences(*zip(*RANDOM, strict=True)) == []


def test_two_indexes_stay_two():
    """The one difference: HCL's formatter makes one number of them, and a valid file invalid."""
    text = "a = b.0 .1\n"
    assert is_valid(text)
    assert layout(text) == "a = b.0. 1\n"
    assert is_valid(layout(text))


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    return judge.build(tmp_path_factory.mktemp("hclwrite"))


@pytest.mark.service("hclwrite")
def test_the_judge_still_says_what_was_kept(program):
    for pairs in (EDGES, RANDOM):
        assert judge.ask(program, [text for text, _ in pairs]) == [answer for _, answer in pairs]


@pytest.mark.service("hclwrite")
def test_every_file_here_and_thousands_of_texts_are_laid_out_as_the_judge_does(program):
    files = [path.read_bytes().decode() for path in sorted(ROOT.glob("[!.]*/**/*.hcl"))]
    assert len(files) >= 11
    texts = [*files, *(text for seed in range(2, 5) for text in random_texts.random_texts(seed, 1000))]
    answers = judge.ask(program, texts)
    assert sum(answer is not None for answer in answers) > 2000
    assert differences(texts, answers) == []

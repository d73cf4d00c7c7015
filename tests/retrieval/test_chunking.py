"""Chunks: nothing is lost, nothing is too long, headings stay, ids are stable."""

import random
from itertools import pairwise

import pytest

from metier.core import Document
from metier.retrieval import chunk
from metier.retrieval.chunking import outline
from metier.retrieval.chunking.cutting import cut, tail


def words(text: str) -> int:
    return len(text.split())


def letters(text: str) -> int:
    return len(text)


def made(seed: int) -> str:
    """A document of headings, paragraphs, lists, tables, code and one monstrous word; every word is its own."""
    draw = random.Random(seed)
    numbers = iter(range(100_000))
    lines: list[str] = []
    for _ in range(draw.randint(1, 30)):
        shape = draw.choice(["#", "##", "###", "text", "text", "list", "table", "code", "word"])
        own = [f"w{next(numbers)}" for _ in range(draw.randint(1, 60))]
        if shape.startswith("#"):
            lines.append(f"{shape} {' '.join(own[:5])}")
        elif shape == "text":
            lines.append("\n" + ". ".join(" ".join(own[i : i + 7]) for i in range(0, len(own), 7)) + ".\n")
        elif shape == "word":
            lines.append("x" * draw.randint(1, 400))
        else:
            mark = {"list": "- ", "table": "| ", "code": ""}[shape]
            body = [f"{mark}{word}" for word in own]
            lines += ["```", *body, "```"] if shape == "code" else body
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("count", "limit"), [(words, 32), (words, 200), (letters, 120)])
def test_every_word_is_in_a_chunk_and_no_chunk_is_too_long(seed: int, count: object, limit: int) -> None:
    assert callable(count)
    document = Document(id="d", text=made(seed), title="A title of some words")
    chunks = chunk(document, limit=limit, overlap=limit // 8, count=count)
    assert all(count(each.searched) <= limit for each in chunks)
    assert [each.place for each in chunks] == list(range(len(chunks)))
    everything = " ".join(each.searched for each in chunks).split()
    wanted = [word for word in document.text.split() if word.startswith("w") and set(word) != {"x"}]
    if count is words:
        assert set(wanted) <= {word.strip(".") for word in everything} | set(everything)
    joined = "".join("".join(everything))
    assert sum(character == "x" for character in joined) >= document.text.count("x")


def test_a_short_document_is_one_chunk_as_it_stands() -> None:
    (only,) = chunk(
        Document(id="d", text="# E05\nwet\n## What to do\ndry", title="E05"), limit=50, overlap=5, count=words
    )
    assert (only.heading, only.text) == ("", "# E05\nwet\n\n## What to do\ndry")


def test_a_chunk_says_which_headings_it_stands_under() -> None:
    text = "# Manual\n## Water\n" + "Fill the tank. " * 30 + "\n## Gas\n### Cylinder\n" + "Turn it left. " * 30
    chunks = chunk(Document(id="d", text=text, title="Manual"), limit=40, overlap=0, count=words)
    assert {each.heading for each in chunks if "Fill" in each.text} == {"Manual > Water"}
    assert {each.heading for each in chunks if "left" in each.text} == {"Manual > Gas > Cylinder"}


def test_ids_stay_where_the_text_stays() -> None:
    """An edit elsewhere in the document changes no other chunk's id: citations stay true."""

    def ids(sections: list[str]) -> set[str]:
        document = Document(id="d", text="\n".join(sections))
        return {each.id for each in chunk(document, limit=100, overlap=0, count=words)}

    sections = [f"## Part {i}\n" + f"Sentence {i} of this part. " * 12 for i in range(6)]
    before = ids(sections)
    after = ids([*sections[:2], "## Part 2\n" + "Something else stands here. " * 12, *sections[3:]])
    assert len(before) == len(after) == 6
    assert len(before & after) == 5
    assert ids(sections) == before


def test_equal_passages_of_a_document_have_ids_of_their_own() -> None:
    text = "\n".join(f"## {'Same'}\n{'same words ' * 20}" for _ in range(3))
    ids = [each.id for each in chunk(Document(id="d", text=text), limit=60, overlap=0, count=words)]
    assert len(set(ids)) == len(ids) == 3


def test_cut_text_repeats_whole_sentences() -> None:
    text = " ".join(f"This is sentence number {i}." for i in range(20))
    chunks = chunk(Document(id="d", text=text), limit=40, overlap=10, count=words)
    assert len(chunks) > 2
    for before, after in pairwise(chunks):
        repeated = tail(before.text, limit=10, count=words)
        assert repeated
        assert after.text.startswith(repeated)


def test_headings_in_code_are_text() -> None:
    sections = outline("# One\n```\n# not a heading\n```\n~~~~\n~~~\n# nor this\n~~~~\n# Two")
    assert [section.heading for section in sections] == ["One", "Two"]


def test_seams_are_used_from_wide_to_narrow() -> None:
    assert cut("a b. c d.\n\ne f", limit=4, count=words) == ["a b. c d.", "e f"]
    assert cut("a b. c d.", limit=2, count=words) == ["a b.", "c d."]
    assert cut("abcdef", limit=2, count=letters) == ["a", "bc", "d", "ef"]


@pytest.mark.parametrize("text", ["", " \n ", "#", "# ", "\n\n\n"])
def test_a_document_without_words_has_no_chunk_or_one(text: str) -> None:
    assert len(chunk(Document(id="d", text=text), limit=32, overlap=4, count=words)) <= 1

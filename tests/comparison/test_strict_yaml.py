import pytest
import yaml

from metier.comparison.settings.strict_yaml import MOST_VALUES, dump, explain, parse


def why(text: str) -> str:
    with pytest.raises(yaml.YAMLError) as caught:
        parse(text)
    return explain(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a: 1", "a: [1, 2.5, null, true]", "a: 'x: y'", "a: >\n  folded\n  text\n", "a: 2024-01-31", "? a\n: b"],
)
def test_plain_values_are_what_pyyaml_says(text: str) -> None:
    assert parse(text) == yaml.safe_load(text)


def test_aliases_and_merged_mappings_may_save_typing() -> None:
    text = "base: &base {rank: 8, epochs: 1}\nlora: {<<: *base, rank: 4}\nagain: *base\n"
    assert parse(text) == {
        "base": {"rank": 8, "epochs": 1},
        "lora": {"rank": 4, "epochs": 1},
        "again": {"rank": 8, "epochs": 1},
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", "line 2, column 1: the key 'a' a second time"),
        ("1: x\n'1': y\n", "line 2, column 1: the key '1' a second time"),
        ("{a: {b: 1, b: 1}}", "line 1, column 12: the key 'b' a second time"),
        ("a: !!python/object/apply:os.system [ls]\n", "line 1, column 4: a tag, which recipes have no use for"),
        ("a: !!bool maybe\n", "line 1, column 4: a tag, which recipes have no use for"),
        ("a: !mine 1\n", "line 1, column 4: a tag, which recipes have no use for"),
        ("? [1]\n: 2\n", "line 1, column 3: a key that is not a plain word"),
        ("a: 9223372036854775808\n", "line 1, column 4: a whole number of more than 64 bits"),
        ("a: 0x" + "f" * 9999, "line 1, column 4: a whole number of more than 64 bits"),
        ("a: &a [1, *a]\n", "line 1, column 11: an alias inside the value that it stands for"),
        ("a: *b\n", "line 1, column 4: found undefined alias 'b'"),
        ("a: 2024-13-45\n", "month must be in 1..12"),
        ("a: b: c\n", "line 1, column 5: mapping values are not allowed here"),
        ("a: \x07\n", "unacceptable character #x0007: special characters are not allowed"),
        ("a: 1\n---\nb: 2\n", "line 2, column 1: but found another document"),
        ("[" * 3000, "values inside values, too deep to follow"),
    ],
)
def test_what_no_recipe_means_is_refused_with_its_place(text: str, said: str) -> None:
    assert why(text) == said


def test_aliases_that_unfold_to_billions_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert f"more than {MOST_VALUES:,} values, with aliases unfolded" in why("\n".join(lines))


def test_as_many_values_as_a_large_label_set_has_are_allowed() -> None:
    assert len(parse("\n".join(f"- label {n}" for n in range(MOST_VALUES - 1)))) == MOST_VALUES - 1


@pytest.mark.parametrize(
    "text", ["\x85", "a\x85b", "\u2028", " \u2029 ", "a\nb\n", "\r\n", "\ufeff", "\x00", "x " * 90, "<<"]
)
def test_what_is_dumped_parses_to_the_same(text: str) -> None:
    assert parse(dump({text: [text]})) == {text: [text]}

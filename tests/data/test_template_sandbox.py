"""Templates may come from anywhere: whatever is not on the short list is refused, and nothing grows without end."""

import time

import pytest

from metier.data.templating.sandbox import MOST_CHARACTERS, RefusedTemplateError, compile_template

HOSTILE = [
    "{% for a in range(10**9) %}x{% endfor %}",
    "{% for a in x %}{% for b in x %}.{% endfor %}{% endfor %}",
    "{% for a in x recursive %}{{ loop(a) }}{% endfor %}",
    "{% for c in text %}{{ text }}{% endfor %}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ x['__class__'] }}",
    "{{ x|attr('__class__') }}",
    "{{ text.format(x) }}",
    "{{ text.lower.__self__ }}",
    "{{ text.lower }}",
    "{{ text.encode }}",
    "{{ lipsum(1000) }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ self }}",
    "{{ self.__init__ }}",
    "{{ 'a' * 10**9 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ '%999999999d' % 1 }}",
    "{{ text | replace('a', text) }}",
    "{{ x | map('upper') }}",
    "{% set a = text ~ text %}",
    "{% macro m() %}{% endmacro %}",
    "{% include 'passwords' %}",
    "{% import 'os' as os %}",
    "{% block a %}{% endblock %}",
    "{{ text.split(*x) }}",
    "{{ many | join(text) }}",
    "{% for a in many %}x{% endfor %}",
    "{{ missing }}",
    "{{ x[-1] }}",
    "{{ 1 + text }}",
    "{{ text",
    "x" * 30_000,
    "{{ x }}" * 300,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_could_do_harm_is_refused_in_a_moment(text: str) -> None:
    started = time.process_time()
    with pytest.raises(RefusedTemplateError) as refused:
        compile_template(text).render({"x": ["a", "b"], "text": "a" * 100_000, "many": ["a"] * 1_001})
    assert time.process_time() - started < 2
    assert "\n" not in str(refused.value)


def test_the_text_has_a_limit_however_it_is_made() -> None:
    big = {"text": "a" * 500_000, "x": ["b"] * 1_000}
    with pytest.raises(RefusedTemplateError, match="more than 1,000,000 characters"):
        compile_template("{{ text }}{{ text }}{{ text }}").render(big)
    with pytest.raises(RefusedTemplateError, match="more than 1,000,000 characters"):
        compile_template("{% for a in x %}{{ text }}{% endfor %}").render(big)
    with pytest.raises(RefusedTemplateError, match="'text' has more than"):
        compile_template("{{ text }}").render({"text": "a" * (MOST_CHARACTERS + 1)})


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{{ text | upper }}: {{ x | join(', ') }}", "ABC: a, b"),
        ("{% for a in x %}{{ loop.index }}", None),
        ("{% for a in x %}- {{ a }}\n{% endfor %}", "- a\n- b\n"),
        ("{{ answers.text[0] }}", "yes"),
        ("{{ ['no', 'yes'][label] }}", "yes"),
        ("{% if label == 1 and text is string %}{{ text.split('b')[0] }}{% else %}no{% endif %}", "a"),
        ("{{ text ~ '!' }}{{ label + 1 }}{{ text[:2] }}", "abc!2ab"),
    ],
)
def test_what_templates_need_works(text: str, made: str | None) -> None:
    values = {"text": "abc", "x": ["a", "b"], "label": 1, "answers": {"text": ["yes"]}}
    if made is None:
        with pytest.raises(RefusedTemplateError):
            compile_template(text)
        return
    assert compile_template(text).render(values) == made


def test_a_template_says_what_it_needs() -> None:
    assert compile_template("{% if a %}{{ b.c }}{% endif %}").names == {"a", "b"}

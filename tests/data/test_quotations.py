"""Test rows that stand in documents or instructions are found, with and without their answers."""

from ticket_desk import as_csv, sentence

from metier.core.tasks import form_of
from metier.data import Beside, audit
from metier.data.auditing.finding import Row
from metier.data.auditing.quoting import quoted, words_of


def qa(count=60):
    return [(f"{sentence(number, 14)}?", f"{sentence(1000 + number, 12)}.") for number in range(count)]


def prepared(desk, content, **settings):
    desk.write("a.csv", as_csv([("question", "answer"), *content]))
    return desk.prepare("a.csv", **settings)


def found_in(found, documents=(), **more):
    return {item.id: item for item in audit(found, beside=Beside(documents=tuple(documents), **more))}


def test_a_question_with_its_answer_in_the_documents_is_a_leak(desk):
    found = prepared(desk, qa())
    first, second, third = found.test[:3]
    learnt = found.train[0]
    export = f"Case 17. {first.input.upper()}\n\nSolved:   {first.target} Bye. {learnt.input} {learnt.target}"
    apart = f"{second.input} {sentence(7, 90)} {second.target}"
    alone = f"{sentence(8, 30)} {third.target}"
    findings = found_in(found, [("export.md", export), ("manual.md", apart), ("answers.md", alone)])
    assert findings["contamination.documents"].rows == (first.id,)
    assert findings["contamination.documents"].severity == "warning"
    assert "export.md" in findings["contamination.documents"].samples[0]
    assert findings["contamination.asked"].rows == (second.id,)
    assert findings["contamination.asked"].severity == "note"
    assert all(third.id not in item.rows for item in findings.values())


def test_an_answer_before_its_question_counts_and_the_best_place_is_told(desk):
    found = prepared(desk, qa())
    row = found.test[0]
    texts = [("one", row.input), ("two", f"{row.target} was the answer to: {row.input}")]
    assert found_in(found, texts)["contamination.documents"].rows == (row.id,)
    assert "contamination.asked" not in found_in(found, texts)


def test_a_context_out_of_the_documents_is_no_leak():
    context = sentence(5, 60)
    row = Row(id="r", split="test", input=f"{context}\n\nWhich fee is it?", target=" ".join(context.split()[10:14]))
    form = form_of("generate")
    assert quoted([row], [("source", context)], form) == []
    (hit,) = quoted([row], [("faq", f"{context} Which fee is it? {row.target}")], form)
    assert hit.answered


def test_short_questions_and_short_answers_are_judged_strictly():
    form = form_of("classify")
    short = Row(id="s", split="test", input="where is it", target="card")
    asked = Row(id="a", split="test", input="where is my new bank card please", target="card_arrival")
    assert quoted([short], [("d", "where is it card")], form) == []
    (near,) = quoted([asked], [("d", "Where is my new bank card, please? label: card_arrival")], form)
    (far,) = quoted([asked], [("d", f"Where is my new bank card, please? {sentence(1, 40)} card_arrival")], form)
    assert (near.answered, far.answered) == (True, False)


def test_scripts_without_spaces_are_compared_by_character():
    assert words_of("我的卡 OK!") == ["我", "的", "卡", "ok"]
    row = Row(id="z", split="test", input="我的银行卡昨天丢了，请问怎么办？", target="请立即挂失银行卡")
    (hit,) = quoted([row], [("faq", "问：我的银行卡昨天丢了,请问怎么办? 答：请立即挂失银行卡。")], form_of("generate"))
    assert hit.answered


def test_a_test_row_in_an_instruction_is_found(desk):
    content = qa()
    plain = prepared(desk, content)
    row = plain.test[0]
    found = prepared(desk, content, task={"instruction": f"Answer. For example: {row.input} Answer: {row.target}"})
    assert found_in(found)["contamination.instruction"].rows == (row.id,)
    told = found_in(plain, instructions=(("approaches.few.prompt.instruction", f"Such as {row.input}"),))
    assert "approaches.few.prompt.instruction" in told["contamination.instruction"].samples[0]


def test_answers_that_share_a_long_run_are_a_note(desk):
    train, test = qa(40), [(f"{sentence(n, 14)}?", f"{sentence(1000 + n, 20)}.") for n in range(400, 412)]
    shared = " ".join(train[3][1].split()[:12])
    train[3] = (train[3][0], f"{train[3][1]} {sentence(3000, 20)}.")
    test[2] = (test[2][0], f"{sentence(4000, 18)} {shared} {train[3][1].split()[12]} {sentence(4001, 18)}.")
    desk.write("train.csv", as_csv([("question", "answer"), *train]))
    desk.write("test.csv", as_csv([("question", "answer"), *test]))
    findings = found_in(desk.prepare({"train": "train.csv", "test": "test.csv"}))
    assert findings["contamination.answer_run"].rows == ("test.csv:3",)
    assert findings["contamination.answer_run"].severity == "note"


def test_words_of_an_own_list_are_found_whole(desk):
    content = qa()
    content[3] = (f"{content[3][0]} You IDIOT, you", content[3][1])
    content[5] = (content[5][0], f"{content[5][1]} It is Acme-Bank's idiotic fault.")
    content[7] = (f"{content[7][0]} 你这个白痴！", content[7][1])
    found = found_in(prepared(desk, content), watched=("idiot", "acme bank", "白痴", "not there", " ! "))
    assert found["listed"].rows == ("a.csv:4", "a.csv:6", "a.csv:8")
    assert found["listed"].severity == "note"
    assert "'idiot' in 1 row" in found["listed"].samples
    assert "listed" not in found_in(prepared(desk, content))

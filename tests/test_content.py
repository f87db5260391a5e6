"""Loading cards: every fault of every file at once, each with its place and what to do."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cdshooks.content.load import load_library
from cdshooks.content.orders import EXAMPLE, faults_of, patched
from cdshooks.content.validated import LIST, digest, is_known_to_be_sound
from cdshooks.errors import CardError
from cdshooks.protocol.wire import decode, encode
from cdshooks.review.vignettes import run_all
from tests import small_library
from tests.shipped import LIBRARY


def faults(folder: Path) -> list[str]:
    with pytest.raises(CardError) as refusal:
        load_library(folder)
    return list(refusal.value.issues)


def test_the_small_library_loads_and_its_vignettes_come_out_as_told(tmp_path):
    library = load_library(small_library.write(tmp_path))
    assert [v.fault for v in run_all(library)] == ["", ""]


MISTAKES = {
    "an unknown concept, with the nearest name": (
        {"rule": ("latest sugar", "latest suger")}, "no result or results or status is called 'suger'; did you mean 'sugar'?"),
    "a unit that the analyte does not have": (
        {"rule": ("within 30 days is low", "within 30 days below 5 mmol/L")}, "'mmol/L' is not a unit of sugar"),
    "a placeholder that the rule never asks about": (
        {"text": ("Seen: {sugar}", "Seen: {faintness}")}, "{faintness}: the rule never asks about 'faintness'"),
    "a summary that can become too long": (
        {"text": ("Low sugar: ", "Low sugar, " + "very " * 22)}, "the summary can have"),
    "free text of a client in a summary": (
        {"text": ("Low sugar: ", "Low sugar {syrup}: ")}, "a summary may hold {name.value} and {name.date}, but not {name}"),
    "a criterion without evidence": (
        {"evidence": ('"treated", ', "")}, "'treated' (first [[unless]]) has no evidence"),
    "evidence for a criterion that is not there": (
        {"evidence": ('"treated"', '"tretaed"')}, "no criterion is called 'tretaed'; did you mean 'treated'?"),
    "evidence from an unknown source": (
        {"evidence": ('"BOOK"', '"BOKO"')}, "no source is called 'BOKO'; did you mean 'BOOK'?"),
    "an outcome without a vignette": (
        {"vignettes": ('by = "well"', 'by = "weak"')}, "the outcome 'well' has no vignette"),
    "an unknown key": (
        {"rule": ("[[unless]]\nid", "[[unless]]\nids = 1\nid")}, "the key 'ids' is not known here; did you mean 'id'?"),
    "a doubled key": (
        {"rule": ('title = "Low sugar"', 'title = "Low sugar"\ntitle = "Low"')}, "it is not TOML that can be read"),
    "and mixed with or": (
        {"rule": ("taking syrup", "taking syrup and weak or weak")}, "'and' and 'or' are mixed here"),
    "an unknown class": (
        {"rule": ("is low", "is lov")}, "no class of sugar is called 'lov'; did you mean 'low'?"),
    "an unknown verb": (
        {"rule": ("taking syrup", "takes syrup")}, "no verb or notion is called 'takes'; did you mean 'taking'?"),
    "a concept of the wrong kind": (
        {"rule": ("taking syrup", "taking faint")}, "'faint' is a problem; here a drug is asked about"),
    "a notion that uses itself": (
        {"all": ('ask = "has faint"', 'ask = "has faint or weak"')}, "it uses itself"),
    "a cut-off in an unknown unit": (
        {"all": ('below = ["10 mg/L"]', 'below = ["10 mmol/L"]')}, "'10 mmol/L' is not a number with a unit"),
    "a strength that is none": (
        {"all": ('strength = "5 mg"', 'strength = "5 drops"')}, "'5 drops' is not a strength"),
    "a text that is not there": (
        {"text": ("## act", "## atc")}, "the section '## act' is missing; the rule uses it"),
    "a card that replaces an unknown topic": (
        {"rule": ('overrides = ["other"]', 'overrides = ["other"]\nreplaces = ["salt-low"]')},
        "replaces 'salt-low', but no card has this topic"),
    "an unknown override reason": (
        {"rule": ('["other"]', '["ohter"]')}, "no override reason is called 'ohter'; did you mean 'other'?"),
    "an indicator that is none": (
        {"rule": ('"warning"', '"alarm"')}, "'alarm' is none of: info, warning, critical"),
    "a missing key": (
        {"rule": ('say = "Not weak"\n', "")}, "the key 'say' is missing"),
    "a question that ends too early": (
        {"rule": ("taking syrup", "taking syrup and")}, "verb or notion is missing"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_is_refused_with_words_that_say_what_to_do(mistake, tmp_path):
    changes, says = MISTAKES[mistake]
    found = faults(small_library.write(tmp_path, **changes))
    assert any(says in fault for fault in found), found


def test_six_mistakes_give_six_messages_at_once_each_with_its_place(tmp_path):
    folder = small_library.write(
        tmp_path,
        text=("Seen: {sugar}", "Seen: {salt}"),
        evidence=('"treated", ', ""),
        vignettes=('by = "well"', 'by = "weak"'),
        service=('ask = "deceased"', 'ask = "decaesed"'),
    )
    rule = (folder / "sugar/rule.toml").read_text()
    rule = rule.replace("latest sugar within", "latest suger within").replace(
        'ask = "weak"', 'ask = "latest sugar below 5 ml"'
    )
    (folder / "sugar/rule.toml").write_text(rule)
    found = faults(folder)
    places = [
        "cards/_service.toml, first [[always]]",
        "cards/sugar/rule.toml, first [[when]]",
        "cards/sugar/rule.toml, first [[outcome]]",
        "cards/sugar/text.md, ## act: {salt}",
        "cards/sugar/evidence.toml: 'treated'",
        "cards/sugar/vignettes.toml: the outcome 'well'",
    ]
    assert len(found) == 6
    assert [place for place in places if not any(f.startswith(place) for f in found)] == []


def test_a_mark_stands_under_the_word_at_fault(tmp_path):
    (fault,) = [f for f in faults(small_library.write(tmp_path, rule=("taking syrup", "taking sirup"))) if "sirup" in f]
    place, question, mark = fault.splitlines()
    assert place == "cards/sugar/rule.toml, first [[unless]]:"
    assert question[mark.index("^") :].startswith("sirup")


def test_a_missing_folder_is_said_aloud(tmp_path):
    assert "there is no such cards folder" in faults(tmp_path / "nowhere")[0]


def test_a_file_that_is_not_text_is_a_fault_and_not_a_crash(tmp_path):
    folder = small_library.write(tmp_path)
    (folder / "sugar/rule.toml").write_bytes(b"\xff\xfe")
    assert any("it is not TOML that can be read" in fault for fault in faults(folder))


def test_an_order_that_is_no_valid_fhir_is_refused_when_cards_load():
    assert faults_of({"resourceType": "ServiceRequest", "status": "draft", "intent": "order", "colour": "red"})
    assert faults_of({"resourceType": "Patient"}) == [
        "'Patient' cannot be ordered; known are MedicationRequest, ServiceRequest"
    ]


def test_a_clients_draft_is_patched_as_it_came_and_nothing_else_changes():
    came = b'{"id":"d","dosageInstruction":[{"text":"x","doseAndRate":[{"doseQuantity":{"value":2.50}}],"timing":{"a":1}}]}'
    changed = patched(decode(came), {"dosageInstruction.0.timing": {"repeat": {"period": 3}}})
    assert encode(changed) == came.replace(b'{"a":1}', b'{"repeat":{"period":3}}')


def test_a_suggestion_must_do_one_thing(tmp_path):
    bad = '[[suggestion]]\nlabel = "x"\n[[outcome]]'
    found = faults(small_library.write(tmp_path, rule=('[[outcome]]\nid = "weak"', f'{bad}\nid = "weak"')))
    assert any("a suggestion orders, removes or replaces" in fault for fault in found)


def test_an_order_that_is_no_draft_is_refused_for_no_validator_of_fhir_would(tmp_path):
    folder = small_library.write(tmp_path)
    (folder / "_orders").mkdir()
    order = '[order.test]\nlabel = "a"\ndescription = "b"\nresource = { resourceType = "ServiceRequest", %s }\n'
    (folder / "_orders" / "tests.toml").write_text(order % 'status = "bogus", intent = "ordre"')
    found = [f for f in faults(folder) if "_orders" in f]
    assert [f for f in found if "'bogus' is none of: draft" in f], found
    assert [f for f in found if "'ordre' is none of: order, plan, proposal" in f], found


BROKEN = {
    "a result": ('label = "sugar"', 'lable = "sugar"', ["_concepts/all.toml, result, sugar: the key 'lable' is not known", "_concepts/all.toml, result, sugar: the key 'label' is missing"]),
    "a drug": ('words = ["syrup"]', 'words = "syrup"', ["_concepts/all.toml, drug, syrup, words"]),
    "a problem": ('label = "fainting"\n', "", ["_concepts/all.toml, problem, faint: the key 'label' is missing"]),
    "a source": ('read = "all of it"\n', "", ["_concepts/all.toml, source, BOOK: the key 'read' is missing"]),
    "a notion": ('say = "Weak in some way"\n', "", ["_concepts/all.toml, notion, weak: the key 'say' is missing"]),
    "a whole file": ('label = "sugar"', 'label = "sugar', ["_concepts/all.toml: it is not TOML that can be read"]),
    "a question of a notion": ('ask = "has faint"', 'ask = "has fiant"', ["_concepts/all.toml, [notion.weak]:"]),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_told_once_and_not_wherever_it_is_used(what, tmp_path):
    old, new, says = BROKEN[what]
    found = faults(small_library.write(tmp_path, all=(old, new)))
    assert len(found) == len(says), found
    for fault, said in zip(sorted(found), sorted(says), strict=True):
        assert said in fault


def test_a_doubled_topic_names_both_files(tmp_path):
    folder = small_library.write(tmp_path)
    shutil.copytree(folder / "sugar", folder / "sugar_again")
    found = faults(folder)
    assert found == [
        "cards/sugar/rule.toml: the topic 'sugar-low' is that of cards/sugar_again/rule.toml as well; each has its own"
    ]


# --- what was validated before it came --------------------------------------------------------------------------------


def test_what_is_listed_as_validated_is_what_we_order_and_the_models_find_it_sound():
    """Written anew by `python -m cdshooks.content.validate`."""
    filled = [template.fill(*EXAMPLE) for order in LIBRARY.orders.values() for template in order.variants]
    assert [faults_of(resource) for resource in filled] == [[]] * len(filled)
    assert LIST.read_text(encoding="ascii").split() == sorted({digest(resource) for resource in filled})


def test_an_order_that_differs_in_anything_is_not_known_to_be_sound():
    filled = next(template for order in LIBRARY.orders.values() for template in order.variants).fill(*EXAMPLE)
    assert is_known_to_be_sound(filled)
    assert not is_known_to_be_sound(filled | {"priority": "routine"})
    assert not is_known_to_be_sound({key: value for key, value in filled.items() if key != "intent"})


def test_no_models_are_there_when_nothing_of_ours_was_changed():
    program = "import sys; from cdshooks.content.load import load_library; load_library(); print('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"

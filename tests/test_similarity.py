"""Near-identical submissions are found, and those that are only alike by nature are not."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest

from autograder import submission
from autograder.course import similarity as similar
from autograder.packaging import skeleton
from autograder.selfcheck.programs import in_folder
from tests import classroom

ROOT = Path(__file__).resolve().parent.parent
SOLUTION = (ROOT / "solution" / "neural_net.py").read_text("utf-8")
BYTES, CODE, NAMES, NEARLY = range(4)


def sketch(text: str) -> list[int]:
    return similar.sketch({"neural_net.py": text.encode()})


def level(*texts: str) -> list[int]:
    """The levels of the links among programs, in a class of programs that are not like them."""
    others = [(f"other {i}", sketch(classroom.write(random.Random(f"other {i}")))) for i in range(40)]
    found = similar.groups([*((f"program {i}", sketch(text)) for i, text in enumerate(texts)), *others])
    return [link.level for group in found for link in group.links]


@pytest.fixture
def program() -> str:
    return classroom.write(random.Random("program 2"))


def test_programs_in_many_styles_are_not_alike() -> None:
    paths = in_folder(ROOT / "tests" / "submissions" / "correct")
    assert len(paths) > 60
    assert similar.groups((path.name, similar.sketch(submission.read(path).files)) for path in paths) == []


@pytest.mark.parametrize("seed", range(5))
def test_short_programs_that_are_right_look_alike_by_nature_and_are_not_named(seed: int) -> None:
    dice = random.Random(seed)
    found = similar.groups((str(i), sketch(classroom.write(dice))) for i in range(200))
    assert sum(len(group.ids) for group in found) <= 2


def test_a_copy_is_found_as_what_it_is(program: str) -> None:
    assert level(program, program) == [BYTES]
    assert level(program, "# mine\n" + program.replace("\n\n", "\n\n\n").replace("    ", "  ")) == [CODE]
    assert level(program, classroom._reordered(program)) == [CODE]
    assert level(program, classroom._renamed(program)) == [NAMES]
    assert level(program, classroom._edited(program)) == [NEARLY]
    assert level(program, classroom.write(random.Random("another"))) == []


def test_documentation_is_a_comment_and_other_text_is_not(program: str) -> None:
    documented = program.replace(
        "def update(params, grads, eta):", 'def update(params, grads, eta):\n    """A step."""'
    )
    assert level(program, documented) == [CODE]
    assert level(program, program.replace('params["W2"]', 'params["W1"]')) != [CODE]


def test_a_chain_of_copies_is_one_group(program: str) -> None:
    sketches = [sketch(text) for text in (program, program, classroom._renamed(program), classroom._edited(program))]
    (group,) = similar.groups((str(i), s) for i, s in enumerate(sketches))
    assert group.ids == ("0", "1", "2", "3")
    assert sorted(link.level for link in group.links) == [BYTES, NAMES, NEARLY]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_copies_of_a_class_are_found_and_nobody_else(seed: int) -> None:
    every = classroom.programs(200, seed)
    found = similar.groups((str(i), similar.sketch(files)) for i, (files, _) in enumerate(every))
    links = {(link.a, link.b): link.level for group in found for link in group.links}
    assert links == {(str(i - 1), str(i)): known.how for i, (_, known) in enumerate(every) if known.copy_of}


def test_the_hand_out_is_nobodys_work() -> None:
    blank = skeleton(SOLUTION)
    assert sketch(blank) == sketch("# Ada\n" + blank) == sketch("") == similar.sketch({"notes.txt": b"soon"}) == []


def test_what_the_solution_holds_tells_nothing() -> None:
    assert len(sketch(SOLUTION)) == 3
    assert level(SOLUTION, "# mine\n" + SOLUTION) == []


def test_what_much_of_the_class_has_in_common_tells_nothing(program: str) -> None:
    """Thirty who write the same with one line of their own, in a class of a hundred: so it is done here."""
    lines = [program.replace("import numpy as np", f"import numpy as np\n\nK{i} = {i}") for i in range(30)]
    others = [classroom.write(random.Random(f"other {i}")) for i in range(70)]
    sketches = [(str(i), sketch(text)) for i, text in enumerate([*lines, *others])]
    assert similar.groups(sketches) == []
    (group,) = similar.groups([*sketches[:3], *sketches[30:]])
    assert group.ids == ("0", "1", "2")


def test_a_sketch_is_small_whole_numbers_and_never_long() -> None:
    long = "".join(f"def f{i}(a):\n    return a * {i} + {i * i} - len(str({i}))\n" for i in range(5000))
    numbers = sketch(long)
    assert len(numbers) == 3 + similar.SKETCH
    assert json.loads(json.dumps(numbers)) == numbers
    assert all(0 <= n < 1 << 53 for n in numbers)


@pytest.mark.slow
@pytest.mark.unmeasured
@pytest.mark.parametrize(
    "text",
    ["'" * 400_000, '"""' * 150_000 + "x", "('" * 200_000, "\\" * 400_000, "a" * 400_000, "'\\\n" * 150_000,
     "\0\ud800\u202e\n" * 100_000, "@\n" * 200_000, "def " * 100_000],
    ids=lambda text: repr(text[:6]),
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    begun = time.process_time()
    similar.sketch({"neural_net.py": text.encode("utf-8", "surrogatepass")})
    assert time.process_time() - begun < 5


def test_sketches_that_are_none_are_passed_over() -> None:
    assert similar.groups([("a", []), ("b", [1]), ("c", [1, 2])]) == []


def test_a_copy_of_an_earlier_term_is_found(program: str) -> None:
    others = [(f"other {i}", sketch(classroom.write(random.Random(f"other {i}")))) for i in range(40)]
    earlier = [("old ada", sketch(program)), *((f"old {name}", one) for name, one in others[:20])]
    now = [("grace", sketch(classroom._renamed(program))), ("mary", sketch(classroom._edited(program))), *others[20:]]
    found = similar.against(now, earlier)
    assert [(link.b, link.a, link.level) for link in found] == [
        ("grace", "old ada", NAMES),
        ("mary", "old ada", NEARLY),
    ]
    assert similar.against(now[2:], earlier) == []


def test_a_decorator_goes_with_its_function(program: str) -> None:
    first, *parts = program.split("def ")
    decorated = [f"@staticmethod\ndef {part.rstrip()}\n\n" for part in parts]
    assert level(first + "".join(decorated), first + "".join(decorated[::-1])) == [CODE]

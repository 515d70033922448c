"""What the verbs do.  Every failure is one clear line on standard error."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder import result as results
from autograder import rubric, submission
from autograder.errors import UserError
from autograder.sandbox.client import ROOT, GraderFault

# For the help of `batch`: autograder.zip has no course package, so it can't be imported here.
FORMS = ("gradescope", "moodle", "canvas", "github", "blackboard", "brightspace", "submitty", "plain")
PATTERNS = r"""
--pattern is a regular expression for the path of every file in the class.  Its named groups say whose a file is (id,
login, email or name, one at least), which attempt it belongs to, and what the file is called.  For example:

  Blackboard    '.+_(?P<login>[^_/]+)_attempt_(?P<attempt>[\d-]+)_(?P<file>.+)'
  Brightspace   '(?P<id>\d+)-\d+ - (?P<name>.+?) - (?P<attempt>.+?)/(?P<file>.+)'
  Submitty      '(?P<login>[^/]+)/(?P<attempt>\d+)/(?P<file>.+)'
"""
ADVICE = {
    errno.ENOSPC: "Nothing was lost: make room, or choose another place.",
    errno.EDQUOT: "Nothing was lost: make room, or choose another place.",
    errno.EROFS: "Nothing was lost: choose another place.",
    errno.EACCES: "Nothing was lost: choose another place, or change who may use this one.",
    errno.EPERM: "Nothing was lost: choose another place, or change who may use this one.",
    errno.EISDIR: "Give a file.",
    errno.ENOTDIR: "Give a folder.",
    errno.EEXIST: "Give a folder.",
}
EXAMPLES = {
    "grade": "grade solution/neural_net.py",
    "regrade": "regrade ada.session bob.session --out regraded",
    "build": "build --out dist",
    "selfcheck": "selfcheck --quick --report selfcheck.html",
    "term": "term",
    "batch": "batch submissions.zip --out graded --roster gradebook.csv",
    "compare": "compare graded graded-new --out changes.html",
    "gradescope": "gradescope --root /autograder",
    "prairielearn": "prairielearn --root /grade",
    "classroom": "classroom submission --summary summary.md",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=".venv/bin/autograder", description="Grade the two-layer network homework.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    grade = verbs.add_parser("grade", help="grade one submission: a file or a folder")
    grade.add_argument("submission", type=Path)
    results_file, report_file = Path("results.json"), Path("report.html")
    grade.add_argument("--results", type=Path, default=results_file, metavar="FILE", help="default: results.json")
    grade.add_argument("--report", type=Path, default=report_file, metavar="FILE", help="default: report.html")
    grade.add_argument("--no-report", action="store_true", help="write no page, draw no pictures")
    grade.add_argument("--quiet", action="store_true", help="print nothing but faults")
    grade.add_argument("--record", type=Path, metavar="FILE", help="also keep the session, for regrade")
    again = verbs.add_parser("regrade", help="judge and explain recorded sessions again, without running anything")
    again.add_argument("recordings", type=Path, nargs="+", metavar="FILE", help="what grade --record wrote")
    again.add_argument("--out", type=Path, metavar="DIR", help="write a results.json for each, named after its file")
    build = verbs.add_parser("build", help="make autograder.zip and student.zip")
    build.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="default: here")
    check = verbs.add_parser("selfcheck", help="prove that the grader is right: after every change of the rubric")
    check.add_argument("--quick", action="store_true", help="a sample, in seconds")
    check.add_argument("--programs", type=Path, action="append", default=[], metavar="FOLDER",
                       help="also grade programs that say in their first lines what they must lose")
    check.add_argument("--mutants", action="store_true", help="all pairs, and far more source mutants, in some minutes")
    check.add_argument("--report", type=Path, metavar="FILE", help="also write a page")
    verbs.add_parser("term", help="new hidden inputs for a new term: the secret that they are made from")
    _class_verbs(verbs)
    _platform_verbs(verbs)
    for name, verb in verbs.choices.items():
        verb.formatter_class = argparse.RawDescriptionHelpFormatter
        verb.epilog = f"example:\n  {parser.prog} {EXAMPLES[name]}\n{verb.epilog or ''}"
    return parser


def _class_verbs(verbs: Any) -> None:
    """What a whole class needs."""
    batch = verbs.add_parser(
        "batch", help="grade a class: a folder, a zip, or what Gradescope, Canvas, Moodle or GitHub gave",
        epilog=PATTERNS,
    )  # fmt: skip
    batch.add_argument("path", type=Path, metavar="PATH")
    batch.add_argument("--out", type=Path, required=True, metavar="DIR", help="what an earlier run left there is kept")
    batch.add_argument("--jobs", type=_count, metavar="N", help="submissions at a time; default: all processors")
    batch.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="grade on the workers of this Dask cluster")
    batch.add_argument("--no-reports", action="store_true", help="no pages for each student, no pictures")
    batch.add_argument("--again", action="store_true", help="grade everything anew, whatever grader graded it before")
    forms = ", ".join(FORMS)
    batch.add_argument("--form", metavar="FORM", help=f"where the class is from, if it isn't detected: {forms}")
    batch.add_argument("--pattern", metavar="REGEX", help="whose each file is, for any other download: see below")
    batch.add_argument("--roster", type=Path, metavar="FILE", help="all students: a CSV, or Canvas's or Moodle's own "
                       "gradebook export, which is filled in")  # fmt: skip
    batch.add_argument("--column", metavar="HEADING", help="the column of the gradebook that is filled in")
    batch.add_argument("--decisions", type=Path, metavar="FILE", help="extensions, groups, corrections and excused "
                       "students; default: decisions.toml in --out")  # fmt: skip
    batch.add_argument("--earlier", type=Path, action="append", default=[], metavar="PATH",
                       help="a class of an earlier term, to find similar submissions in")  # fmt: skip
    batch.add_argument("--quiet", action="store_true", help="print nothing but problems")
    compare = verbs.add_parser("compare", help="what changed between two gradings of a class, before it is published")
    compare.add_argument("old", type=Path, metavar="OLD", help="a folder that batch wrote, or of results.json files")
    compare.add_argument("new", type=Path, metavar="NEW", help="the same class, graded anew")
    compare.add_argument("--out", type=Path, metavar="FILE.html", help="also write a page")
    compare.add_argument("--csv", type=Path, metavar="FILE", help="also write a table of all students")
    compare.add_argument("--fail-on-change", action="store_true", help="exit with 1 when anything changed, for scripts")


def _platform_verbs(verbs: Any) -> None:
    """What the platforms call."""
    scope = verbs.add_parser("gradescope", help="what run_autograder calls")
    scope.add_argument("--root", type=Path, default=Path("/autograder"), metavar="DIR")
    prairie = verbs.add_parser("prairielearn", help="what PrairieLearn's external grader runs")
    prairie.add_argument("--root", type=Path, default=Path("/grade"), metavar="DIR")
    room = verbs.add_parser("classroom", help="what a workflow of GitHub Classroom runs")
    room.add_argument("submission", type=Path)
    room.add_argument("--output", type=Path, metavar="FILE", help='"$GITHUB_OUTPUT": the result for the reporter')
    room.add_argument("--summary", type=Path, metavar="FILE", help='"$GITHUB_STEP_SUMMARY": the result as a page')


def run(arguments: list[str]) -> int:
    """Run one verb; the exit status."""
    parser = _parser()
    if not arguments:
        parser.print_help(sys.stderr)
        return 2
    asked = parser.parse_args(arguments)
    if os.name == "nt" and asked.verb not in ("build", "compare"):
        return _fail("grading needs Linux or macOS. On Windows, run it in WSL.")
    try:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        verbs = {
            "grade": _grade,
            "regrade": _regrade,
            "build": _build,
            "selfcheck": _selfcheck,
            "term": _term,
            "batch": _batch,
            "compare": _compare,
            "gradescope": _gradescope,
            "prairielearn": _prairielearn,
            "classroom": _classroom,
        }
        return verbs[asked.verb](asked)
    except (UserError, rubric.RubricError) as error:
        return _fail(str(error))
    except FileNotFoundError as error:
        return _fail(f"There is no file or folder {error.filename}.")
    except BrokenPipeError:
        return 141  # as the signal would end it: who reads this output has enough, as `head` does
    except OSError as error:
        advice = ADVICE.get(error.errno or 0, "Nothing was lost.")
        return _fail(f"{error.filename or 'a file'}: {error.strerror}. {advice}")
    except ModuleNotFoundError as error:
        if error.name == "jinja2":
            return _fail("pages need Jinja2, which is not installed here: pip install jinja2, or use --no-report.")
        if not str(error.name).startswith("autograder.course"):
            raise
        return _fail(f"{asked.verb} is for the teacher's desk, which is not in autograder.zip: use the whole tree.")
    except KeyboardInterrupt:
        return _fail("stopped.")


def _fail(line: str) -> int:
    print(f"autograder: {line}", file=sys.stderr)
    return 1


def _grade(asked: argparse.Namespace) -> int:
    from autograder.grade import grade

    if not asked.submission.exists():
        return _fail(f"There is no file or folder {submission.shown_path(asked.submission)}.")
    results.write(results.unfinished(), asked.results)
    result = grade(asked.submission, pictures=not asked.no_report, record=asked.record)
    results.write(results.gradescope(result), asked.results)
    if not asked.no_report:
        from autograder import files
        from autograder.rendering import html
        from autograder.rendering.figures import draw

        files.put(asked.report, html.staff_page(result, *draw(result)))
    if not asked.quiet:
        from autograder.rendering import text

        page = "" if asked.no_report else f", {asked.report} is the report for staff"
        print(text.render(result, sys.stdout.isatty() and "NO_COLOR" not in os.environ))
        print(f"\n{asked.results} is what Gradescope gets{page}.")
        if result.refused and _is_class(asked.submission):
            path = submission.shown_path(asked.submission)
            print(f"{path} looks like a class. To grade every submission in it:")
            print(f"    .venv/bin/autograder batch {path} --out graded")
        _mention_secret()
    if result.faulty:
        return _fail(f"no grade was reached: {result.fault or result.staff[0]}".split("\n")[0])
    return 0


def _is_class(path: Path) -> bool:
    """Whether there are programs in more than one folder."""
    return path.is_dir() and len({program.parent for program in path.glob("*/*.py")}) > 1


def _mention_secret() -> None:
    """Say so if everybody may know the hidden inputs."""
    from autograder.asking.secret import is_published, load_secret

    if is_published(load_secret()):
        print("There is no autograder/secret, so the published test secret was used. `term` makes one for your term.")


def _regrade(asked: argparse.Namespace) -> int:
    from autograder.asking.recording import RecordingError
    from autograder.asking.session import SessionError
    from autograder.grade import regrade

    status = 0
    names = [path.stem.lower() for path in asked.recordings]
    twice = [name for name in names if names.count(name) > 1]
    if asked.out and twice:
        return _fail(f"Two recordings would be {asked.out / twice[0]}.json. Rename one, or give another --out for it.")
    for path in asked.recordings:
        try:
            result = regrade(path)
        except (RecordingError, SessionError) as error:
            status = _fail(str(error))
            continue
        if asked.out:
            results.write(results.gradescope(result), asked.out / f"{path.stem}.json")
        print(f"{path}: {result.total:g}/{result.points:g}")
        if result.faulty:
            status = _fail(f"{path}: no grade was reached: {result.fault or result.staff[0]}".split("\n")[0])
    return status


def _gradescope(asked: argparse.Namespace) -> int:
    root: Path = asked.root
    target = root / "results" / "results.json"
    results.write(results.unfinished(), target)
    _close_to_others(root)
    result = _on_terms(root, target)
    for line in result.staff:
        print(line)
    page = results.gradescope(result)
    results.write(page, target)
    _illustrate(page, result, target)
    return 1 if result.faulty else 0


def _on_terms(root: Path, target: Path) -> results.Result:
    """Grade by the terms of the course.  What they need of Gradescope is read before there is a worker."""
    from autograder.grade import fingerprint, grade, versions

    try:
        contract = rubric.load()
    except rubric.RubricError:
        return grade(root / "submission")  # a fault, and this is how it is told
    if not (contract.late or contract.attempts):
        return grade(root / "submission", contract)
    from autograder import policies
    from autograder.platforms import gradescope
    from autograder.policies import attempts

    handed = gradescope.read_file(root / "submission_metadata.json")
    refused = attempts.refusal(contract, handed)
    if refused:
        refused.versions, refused.fingerprint = versions(), fingerprint()
        return refused
    results.write(results.unfinished(attempts.begun(contract, handed)), target)
    result = grade(root / "submission", contract)
    policies.apply(result, contract, handed)
    return result


def _illustrate(page: dict[str, Any], result: results.Result, target: Path) -> None:
    """Write it again with pictures.  The grade is in its place already, and nothing that fails here takes it away."""
    try:
        from autograder.rendering import figures, fragment

        pictures, problem = figures.draw(result)
        fragment.illustrate(page, pictures)
        results.write(page, target)
    except Exception as error:
        problem = f"The pictures could not be added: {type(error).__name__}: {error}"
    if problem:
        print(problem)


def _prairielearn(asked: argparse.Namespace) -> int:
    from autograder.grade import grade
    from autograder.platforms import prairielearn

    root: Path = asked.root
    target = root / "results" / "results.json"
    results.write(prairielearn.unfinished(), target)
    with _closed(root):
        result = grade(root / "student")
        for line in result.staff:
            print(line)
        page = prairielearn.page(result)
        results.write(page, target)
        try:
            prairielearn.illustrate(page, result, target.stat().st_size)
            results.write(page, target)
        except Exception as error:
            print(f"The pictures could not be added: {type(error).__name__}: {error}")
    # Also after a fault: with another status PrairieLearn would not read what the page says of it.
    return 0


@contextlib.contextmanager
def _closed(folder: Path) -> Iterator[None]:
    """Keep a folder from every user but the grader's while there is a worker; its owner outside reads it after."""
    if os.name != "posix" or os.geteuid() != 0:
        yield
        return
    mode = folder.stat().st_mode & 0o7777
    folder.chmod(0o700)
    try:
        yield
    finally:
        folder.chmod(mode)


def _classroom(asked: argparse.Namespace) -> int:
    from autograder.grade import grade
    from autograder.platforms import github_classroom as classroom

    result = grade(asked.submission, pictures=False)
    print(classroom.log(result, classroom.place(asked.submission)), end="")
    for path, text in ((asked.output, classroom.output(result)), (asked.summary, classroom.summary(result))):
        if path:
            with open(path, "a", encoding="utf-8") as file:
                file.write(text)
    if result.faulty:
        # Students read this log: what exactly broke is for the teacher alone.
        return _fail("no grade was reached. To see why: .venv/bin/autograder grade, with the same submission.")
    return 0


def _close_to_others(root: Path) -> None:
    """Keep everything of the grader's from every user but its own, before a worker starts."""
    if os.name != "posix" or os.geteuid() != 0:
        return
    for name in ("submission", "results"):
        if (root / name).is_dir():
            os.chmod(root / name, 0o700)
    if (root / "submission_metadata.json").exists():
        os.chmod(root / "submission_metadata.json", 0o600)
    if root in ROOT.parents:
        for name in ("solution", "autograder", "data"):
            os.chmod(ROOT / name, 0o700)


def _build(asked: argparse.Namespace) -> int:
    from autograder.packaging import BuildError, build

    try:
        for path in build(asked.out):
            print(path)
    except BuildError as error:
        return _fail(str(error))
    return 0


def _count(text: str) -> int:
    """A number of at least 1, for the parser."""
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError("a number from 1 to 10000 is wanted")
    return int(text)


def _batch(asked: argparse.Namespace) -> int:
    from autograder.course import batch

    if asked.form is not None and asked.form not in FORMS:
        return _fail(f"--form {asked.form} is unknown. Give one of: {', '.join(FORMS)}.")
    try:
        return batch.run(
            asked.path, asked.out, jobs=asked.jobs, scheduler=asked.scheduler, reports=not asked.no_reports,
            quiet=asked.quiet, again=asked.again, form=asked.form, pattern=asked.pattern, roster=asked.roster,
            column=asked.column, decisions=asked.decisions, earlier=asked.earlier,
        )  # fmt: skip
    except GraderFault as error:
        return _fail(str(error))


def _term(asked: argparse.Namespace) -> int:
    from autograder.course import new_term

    try:
        new_term.renew()
    except (UserError, GraderFault) as error:
        return _fail(f"{str(error).rstrip('.')}. Nothing was changed.")
    print("The hidden inputs are new: they are made from autograder/secret, which git does not track.")
    print("Keep it to yourself, and keep a copy: without it nobody can grade this term again. Next:")
    for verb, what in (("selfcheck", "proves the grader on them"), ("build", "makes the zips; upload autograder.zip")):
        print(f"    .venv/bin/autograder {verb:<12}{what}")
    return 0


def _selfcheck(asked: argparse.Namespace) -> int:
    from autograder.environment import ENVIRONMENT
    from autograder.selfcheck import report
    from autograder.selfcheck import run as selfcheck

    os.environ.update(ENVIRONMENT)
    try:
        proof = selfcheck.run(
            quick=asked.quick, say=lambda text: print(text, flush=True), folders=asked.programs, every=asked.mutants
        )
    except (GraderFault, UserError) as error:
        return _fail(str(error))
    print(report.render(proof))
    if asked.report:
        report.write(proof, asked.report)
    return 1 if proof.faults else 0


def _compare(asked: argparse.Namespace) -> int:
    from autograder.course import comparison

    try:
        found = comparison.compare(asked.old, asked.new)
    except UserError as error:
        return _fail(results.clean(str(error)).replace("\n", " "))
    print(comparison.render(found))
    if asked.csv:
        comparison.write_table(found, asked.csv)
    if asked.out:
        comparison.write_page(found, asked.out)
    return 1 if asked.fail_on_change and found.changed else 0

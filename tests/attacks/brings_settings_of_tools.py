"""Goal: pytest or setuptools in the grader take their settings from the submission.

Control: none, because the naive grader uses neither.
"""
# correct
#: file conftest.py
print("REACHED conftest")
#: file pytest.ini
[pytest]
addopts = --collect-only
#: file pyproject.toml
[tool.pytest.ini_options]
addopts = "--collect-only"
#: file test_forward.py
def test(): print("REACHED test")
#: file results.json
{"score": 100}
#: file rubric.toml
title = "REACHED"

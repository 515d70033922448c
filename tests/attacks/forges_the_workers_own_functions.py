"""Goal: points that are not earned. The worker's code is replaced: it reports success for everything.

Control: none, because the naive grader has no worker.
"""
# wrong


@attempt
def replace():
    frame = sys._getframe()
    while frame:
        student = frame.f_locals.get("self")
        if hasattr(student, "answer"):
            student.answer = lambda ask: {
                "id": ask["id"], "status": "returned", "value": True, "args": ask.get("args", []), "prints": "",
                "score": 100, "verdict": "passed", "found": {}, "errors": [], "marks": {}, "losses": [],
            }  # fmt: skip
        frame = frame.f_back

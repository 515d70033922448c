"""Ask a submission in a process that can do no harm, and take only typed values for an answer.

    client     Sandbox: the judge's side        control    tells a fault of the machine from one of the submission
    server     the judge's handle on the warm process that forks workers
    questions, replies, limits, frames          what is asked, what comes back, within which bounds, in which form
    worker/    what runs in the other processes  layers/    what the kernel forbids them

May import: the standard library, NumPy, autograder.environment.
"""

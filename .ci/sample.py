"""Keep so many mutations of each file in a session of cosmic-ray: python .ci/sample.py SESSION COUNT (0: all)."""

import sqlite3
import sys

session, count = sys.argv[1], int(sys.argv[2])
PLACE = "(m.start_pos_row * 7919 + m.start_pos_col * 104729 + m.occurrence * 31) % 9973"
KEPT = f"""
    SELECT job_id FROM (
        SELECT m.job_id, row_number() OVER (PARTITION BY m.module_path ORDER BY {PLACE}) AS nth
        FROM mutation_specs m WHERE m.job_id NOT IN (SELECT job_id FROM work_results)
    ) WHERE nth <= ?
"""
with sqlite3.connect(session) as database:
    if count:
        kept = [row[0] for row in database.execute(KEPT, [count])]
        database.execute("CREATE TEMP TABLE kept (job_id)")
        database.executemany("INSERT INTO kept VALUES (?)", [(job,) for job in kept])
        for table in ("work_results", "mutation_specs", "work_items"):
            database.execute(f"DELETE FROM {table} WHERE job_id NOT IN (SELECT job_id FROM kept)")

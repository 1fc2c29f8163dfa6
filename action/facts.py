"""What a workflow wants to know of a plan: its change id, whether it changes anything, how many toggles drifted."""

import json
import sys
from pathlib import Path

plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
facts = plan["flagstaff"]
changes = "true" if plan["applyable"] else "false"
drifted = sum(not item["expected"] for item in facts["drift"])
sys.stdout.write(f"{facts['change_id']} {changes} {drifted}\n")

# For OPA and conftest: no toggle goes beyond 20 %, and no guard is loosened, by this plan.
package main

import rego.v1

deny contains message if {
	some change in input.resource_changes
	change.type == "toggle"
	change.change.actions != ["no-op"]
	change.change.after.percentage > 20
	message := sprintf("%s goes to %v %%", [change.address, change.change.after.percentage])
}

deny contains message if {
	some change in input.flagstaff.guard_changes
	change.loosens
	message := sprintf("%s %s is loosened", [change.guard, change.subject])
}

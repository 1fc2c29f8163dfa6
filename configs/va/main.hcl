# Oracle Health "dark deploy" of VA.gov: Appointments, Medical Records, Medications, Secure Messaging.
# One file a product. This one says where the toggles live and what no change may do.

flagstaff {
  required_version = ">= 0.1"
  environment      = var.environment
  timezone         = "America/New_York"

  # What was applied, when and by whom is kept here.
  backend "local" {
    path = "../../state/va.json"
  }
}

# The example turns toggles in a file: a copy of start.json, in the form that Flipper exports.
provider "flipper" {
  source = "embedded"
  path   = "../../state/va-live.json"
}

# Holds for every plan, whoever makes it.
policy {
  max_raise         = 95  # nothing goes from 0 to 100 at once: everything has its canary first
  max_changed_share = 0.3 # from 10 percentages up: a plan that changes more than 30 % of them stops; it is probably a slip
}

# Medications: an error class decides about going back, not a percentage.

blocker "vista_refill" {
  title   = "VistA list and refill confirmed with 1-2 patients"
  status  = "pending"
  product = product.medications
}

# Facts that no toggle store knows.

blocker "drupal_ehr_toggle" {
  title   = "Drupal's EHR toggle is set for the sites that are cutting over"
  status  = "pending"
  product = product.medications
}

blocker "parameter_store" {
  title   = "Parameter Store has the Oracle Health settings of the environment"
  status  = "pending"
  product = product.medications
}

trigger "medications_new_errors" {
  title  = "New class of errors when listing or refilling medications"
  reason = "Unknown failure mode"
  action = "Roll back; Oracle Health prescriptions disappear from the list"
}

rollout "medications" {
  title      = "Medications Oracle Health Integration - Dark Deploy"
  product    = product.medications
  go         = var.medications_go
  blocked_by = [blocker.vista_refill, blocker.drupal_ehr_toggle, blocker.parameter_store]
  triggers   = [trigger.medications_new_errors]

  stage "canary" {
    percentage = between(1, 5)
    toggles    = [toggle.medications]
    soak       = between("24h", "48h")
  }

  stage "limited" {
    percentage = 20
    toggles    = [toggle.medications]
    soak       = between("48h", "72h")
    approval   = role.medications_po
  }

  stage "full" {
    percentage = 100
    toggles    = [toggle.medications]
    soak       = between("7d", "14d")
    approval   = role.medications_po
  }
}

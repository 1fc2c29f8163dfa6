# Medications: one toggle, for everybody, VistA patients too. People notice when it goes down.

product "medications" {
  title  = "Medications"
  owner  = role.medications_po
  people = 1000000 # an estimate

  segment "vista" {
    share = 0.90
    on    = "VistA prescriptions, passed through SCDF"
    off   = "VistA prescriptions, as before"
  }
  segment "oracle" {
    share = 0.02
    on    = "Oracle Health prescriptions are listed"
    off   = "Oracle Health prescriptions disappear from the list"
  }
  segment "dual" {
    share = 0.08
    on    = "VistA and Oracle Health prescriptions are listed"
    off   = "Oracle Health prescriptions disappear from the list"
  }
}

toggle "medications" {
  key     = "mhv_medications_cerner_pilot"
  title   = "Medications with Oracle Health data"
  aliases = ["isAcceleratingMedications"]
  product = product.medications

  # 5 % of one toggle and 5 % of another are different people. Only a requirement at 100 %
  # makes sure that everybody with the new Medications has the matching allergies, too.
  requires {
    toggles  = [toggle.allergies, toggle.labs_and_tests]
    at_least = 100
    hard     = true # nobody may wave it through
    reason   = "The medication list shows allergies from the same source"
  }
}

# Michigan's cutover: another team turns it. We know it so that nobody wonders whose it is.
toggle "medications_cutover" {
  key     = "mhv_medications_oracle_health_cutover"
  title   = "Refills blocked at sites that are cutting over"
  product = product.medications
}

experience "medications_web" {
  title   = "Medications with Oracle Health data on the website"
  product = product.medications
  when    = toggle.global && toggle.medications
}

# The mobile app does not look at the global switch.
experience "medications_mobile" {
  title   = "Medications with Oracle Health data in the app"
  product = product.medications
  when    = toggle.uhd && toggle.medications
}

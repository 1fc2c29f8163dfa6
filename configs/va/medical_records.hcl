# Medical Records: six domains, one toggle each, and two switches above them.
# "Turned up" means: these people's records come through SCDF instead of MHV.
# How far each is turned up, and when, is in medical_records_rollout.hcl.

product "medical_records" {
  title  = "Medical Records"
  owner  = role.medical_records_po
  people = 1200000 # an estimate; it turns shares into people

  segment "vista" {
    title = "Vista-only patients"
    share = 0.90
    on    = "Using SCDF to query HDR VPR to get VistA Data"
    off   = "MHV data, as before"
  }
  segment "oracle" {
    title = "Oracle-only patients"
    share = 0.02
    on    = "Using SCDF to query Millennium to get OH Data"
    off   = "no Oracle Health data"
  }
  segment "dual" {
    title = "Dual patients (Vista + Oracle)"
    share = 0.08
    on    = "Using SCDF to get both VistA and OH Data"
    off   = "MHV data only"
  }
}

# ---- The two switches above the domains. In no rollout: we know them, we never turn them. ----
# The plan speaks of 7 feature flags, one per domain and one global. The API asks for an eighth: UHD.

toggle "global" {
  key     = "mhv_accelerated_delivery_enabled"
  title   = "Global switch of the website"
  aliases = ["isAcceleratedDeliveryEnabled"]
  product = product.medical_records
}

toggle "uhd" {
  key     = "mhv_accelerated_delivery_uhd_enabled"
  title   = "UHD switch of the API: without it a domain answers \"not found\""
  product = product.medical_records
}

# ---- Wave 1A ----

toggle "allergies" {
  key     = "mhv_accelerated_delivery_allergies_enabled"
  title   = "Allergies"
  aliases = ["isAcceleratingAllergies"]
  product = product.medical_records
}

toggle "labs_and_tests" {
  key     = "mhv_accelerated_delivery_labs_and_tests_enabled"
  title   = "Labs and tests"
  aliases = ["isAcceleratingLabsAndTests"]
  product = product.medical_records
}

toggle "care_notes" {
  key     = "mhv_accelerated_delivery_care_notes_enabled"
  title   = "Care summaries and notes"
  aliases = ["isAcceleratingCareNotes"]
  product = product.medical_records
}

# ---- Wave 1B: after the validation of VistA data ----

toggle "vitals" {
  key     = "mhv_accelerated_delivery_vital_signs_enabled" # vital_signs, not vitals
  title   = "Vitals"
  aliases = ["isAcceleratingVitals"]
  product = product.medical_records
}

toggle "conditions" {
  key     = "mhv_accelerated_delivery_conditions_enabled"
  title   = "Health conditions"
  aliases = ["isAcceleratingConditions"]
  product = product.medical_records
}

# ---- Wave 1C: first aligned with LH, then with SCDF, behind one toggle ----

toggle "vaccines" {
  key     = "mhv_accelerated_delivery_vaccines_enabled"
  title   = "Vaccines"
  aliases = ["isAcceleratingVaccines"]
  product = product.medical_records
}

# ---- What people really get. On the website a domain needs all three; one alone does nothing. ----

experience "allergies_web" {
  title   = "Allergies from SCDF on the website"
  product = product.medical_records
  when    = toggle.global && toggle.uhd && toggle.allergies
}

experience "labs_and_tests_web" {
  title   = "Labs and tests from SCDF on the website"
  product = product.medical_records
  when    = toggle.global && toggle.uhd && toggle.labs_and_tests
}

experience "care_notes_web" {
  title   = "Care summaries and notes from SCDF on the website"
  product = product.medical_records
  when    = toggle.global && toggle.uhd && toggle.care_notes
}

experience "vitals_web" {
  title   = "Vitals from SCDF on the website"
  product = product.medical_records
  when    = toggle.global && toggle.uhd && toggle.vitals
}

experience "conditions_web" {
  title   = "Health conditions from SCDF on the website"
  product = product.medical_records
  when    = toggle.global && toggle.uhd && toggle.conditions
}

experience "vaccines_web" {
  title   = "Vaccines from the new source on the website"
  product = product.medical_records
  when    = toggle.global && toggle.uhd && toggle.vaccines
}

# The mobile app does not look at the global switch.

experience "allergies_mobile" {
  title   = "Allergies from SCDF in the app"
  product = product.medical_records
  when    = toggle.uhd && toggle.allergies
}

experience "labs_and_tests_mobile" {
  title   = "Labs and tests from SCDF in the app"
  product = product.medical_records
  when    = toggle.uhd && toggle.labs_and_tests
}

experience "care_notes_mobile" {
  title   = "Care summaries and notes from SCDF in the app"
  product = product.medical_records
  when    = toggle.uhd && toggle.care_notes
}

experience "vitals_mobile" {
  title   = "Vitals from SCDF in the app"
  product = product.medical_records
  when    = toggle.uhd && toggle.vitals
}

experience "conditions_mobile" {
  title   = "Health conditions from SCDF in the app"
  product = product.medical_records
  when    = toggle.uhd && toggle.conditions
}

experience "vaccines_mobile" {
  title   = "Vaccines from the new source in the app"
  product = product.medical_records
  when    = toggle.uhd && toggle.vaccines
}

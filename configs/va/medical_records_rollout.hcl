# The Medical Records rollout plan. What is open in the plan is undecided here, and blocks what depends on it.

locals {
  # "Pre-Rollout Validation, to do per domain": one row a domain, one column a validation.
  domains = {
    allergies      = "Allergies"
    labs_and_tests = "Labs and Tests"
    care_notes     = "Care Notes"
    vaccines       = "Vaccines"
    vitals         = "Vitals"
    conditions     = "Conditions"
  }
  validations = {
    vista         = { title = "Vista health data", status = "pending", blocking = true, note = "BLOCKING - Must complete before rollout" }
    lower         = { title = "Lower environment testing", status = "complete", blocking = true, note = "All environments tested" }
    moderated     = { title = "Moderated testing", status = "in_progress", blocking = false, note = "" }
    trusted_users = { title = "Trusted user testing", status = "in_progress", blocking = false, note = "" }
  }
  validation = merge([
    for domain, title in local.domains : {
      for name, row in local.validations : "${domain}/${name}" => merge(row, { title = "${title}: ${row.title}" })
    }
  ]...)

  all_domains = [
    toggle.vaccines, toggle.allergies, toggle.labs_and_tests, toggle.care_notes, toggle.vitals, toggle.conditions,
  ]

  # "Monitoring period of at least ?????"
  scdf_response_times = undecided("alert threshold of the SCDF response times: TBD")
  target_start        = undecided("\"Monday, January 27, 2026\": that day is a Tuesday. Which one is it?")
  monitoring_period   = undecided("monitoring period before 20 %: the plan says \"at least ?????\"")
}

# ---- What must be true before 5 % ----

blocker "validation" {
  for_each = local.validation
  title    = each.value.title
  status   = each.value.status
  blocking = each.value.blocking
  note     = each.value.note
  product  = product.medical_records
}

blocker "vista_validation" {
  title   = "Vista health data validation complete"
  status  = "pending"
  product = product.medical_records
}

blocker "blue_button" {
  title   = "Blue Button integration and validation complete"
  status  = "pending"
  product = product.medical_records
}

blocker "vaccines_lh_alignment" {
  title   = "Vaccine to LH alignment complete"
  status  = "pending"
  product = product.medical_records
}

blocker "vaccines_scdf_dev" {
  title   = "Vaccine to SCDF dev complete"
  status  = "pending"
  product = product.medical_records
}

blocker "vaccines_scdf_testing" {
  title   = "Vaccine to SCDF testing complete"
  status  = "pending"
  product = product.medical_records
}

blocker "dashboards" {
  title    = "Dashboards and alerts are configured for SCDF routes"
  status   = "pending"
  product  = product.medical_records
  evidence = undecided("Datadog dashboard lists of Medical Records: TBD")
}

blocker "diagrams" {
  title   = "Diagrams are completed to understand data flow changes"
  status  = "pending"
  product = product.medical_records
}

# ---- What is watched ----

monitor "scdf_error_rate" {
  title      = "SCDF error rate"
  where      = "datadog"
  normal     = "the baseline"
  concerning = "Any increase from baseline"

  source "datadog" {
    site        = "ddog-gov.com"
    numerator   = "sum:vets_api.scdf.errors{env:eks-prod}.as_count()"
    denominator = "sum:vets_api.scdf.requests{env:eks-prod}.as_count()"
    window      = "1h"
    delay       = "2m" # the newest points are incomplete
  }
  baseline {
    window = "7d"
  }
  min_samples    = 1000
  before_traffic = "skip" # nothing reaches SCDF before the first wave
}

monitor "scdf_response_times" {
  title      = "SCDF response times"
  where      = "datadog"
  normal     = local.scdf_response_times
  concerning = local.scdf_response_times

  source "datadog" {
    site   = "ddog-gov.com"
    query  = "p95:vets_api.scdf.request.duration{env:eks-prod}"
    window = "1h"
  }
  pass_when      = measured <= local.scdf_response_times
  unit           = "ms"
  before_traffic = "skip"
}

# ---- What makes us roll back, at 5 % and at each step thereafter ----

trigger "medical_records_new_errors" {
  title  = "New class of errors when fetching medical records for Oracle patients"
  reason = "Unknown failure mode"
  action = "Roll back"
}

trigger "medical_records_unknown_errors" {
  title  = "Any unknown/unfamiliar error patterns"
  reason = "Can't be diagnosed in real time"
  action = "Roll back"
}

trigger "medical_records_too_many_errors" {
  title   = "Too many errors when fetching medical records for Oracle patients"
  reason  = "Veterans can't see their records"
  action  = "Roll back"
  monitor = monitor.scdf_error_rate
}

# ---- The stages ----

rollout "medical_records" {
  title   = "Medical Records Oracle Health Integration - Dark Deploy"
  product = product.medical_records
  go      = var.medical_records_go

  blocked_by = [blocker.blue_button, blocker.dashboards, blocker.diagrams]
  triggers = [
    trigger.medical_records_new_errors,
    trigger.medical_records_unknown_errors,
    trigger.medical_records_too_many_errors,
  ]

  stage "wave_1a" {
    title      = "Wave 1A: Labs and Tests, Allergies, Care Notes (Dark Deploy Phase 1)"
    percentage = 5
    toggles    = [toggle.labs_and_tests, toggle.allergies, toggle.care_notes]
    not_before = local.target_start
    soak       = local.monitoring_period
    meaning    = "SCDF"
    note       = "Target Start: Monday, January 27, 2026 (pending Vista health data validation). Set to 5% of all users to start using SCDF."
    blocked_by = [
      blocker.vista_validation,
      blocker.validation["labs_and_tests/vista"], blocker.validation["labs_and_tests/lower"],
      blocker.validation["allergies/vista"], blocker.validation["allergies/lower"],
      blocker.validation["care_notes/vista"], blocker.validation["care_notes/lower"],
    ]
  }

  stage "wave_1b" {
    title      = "Wave 1B: Vitals, Conditions (Dark Deploy Phase 2)"
    percentage = 5
    toggles    = [toggle.vitals, toggle.conditions]
    after      = [] # waits for the validation, and for no other wave
    soak       = local.monitoring_period
    meaning    = "SCDF"
    note       = "Target start: after validation of VistA data is complete. Set to 5% of all users to start using SCDF."
    blocked_by = [
      blocker.vista_validation,
      blocker.validation["vitals/vista"], blocker.validation["vitals/lower"],
      blocker.validation["conditions/vista"], blocker.validation["conditions/lower"],
    ]
  }

  stage "wave_1c_lh" {
    title      = "Wave 1C Vaccines (alignment to LH data source)"
    percentage = undecided("share for the LH alignment of vaccines: the plan says X%")
    toggles    = [toggle.vaccines]
    after      = []
    not_before = local.target_start
    meaning    = "LH"
    note       = "Target Start: Monday, January 27, 2026. Set to X% of all users to start using LH. Very fast rollout due to LH already being live with mobile."
  }

  # The same toggle, another source: its people are new people.
  stage "wave_1c_scdf" {
    title      = "Wave 1C Vaccines (alignment to SCDF data source)"
    percentage = 5
    toggles    = [toggle.vaccines]
    after      = ["wave_1c_lh"]
    soak       = local.monitoring_period
    meaning    = "SCDF"
    note       = "Target start: when LH alignment is complete, dev is complete, and testing is complete. Set to 5% of all users to start using SCDF."
    blocked_by = [
      blocker.vaccines_lh_alignment, blocker.vaccines_scdf_dev, blocker.vaccines_scdf_testing,
      blocker.validation["vaccines/vista"], blocker.validation["vaccines/lower"],
    ]
  }

  stage "limited" {
    title      = "20% rollout"
    percentage = 20
    toggles    = local.all_domains
    together   = true # "All domains should be moved at the same time"
    after      = ["wave_1a", "wave_1b", "wave_1c_scdf"]
    meaning    = "SCDF"
    monitors   = [monitor.scdf_error_rate, monitor.scdf_response_times]
    approval   = role.medical_records_po
    note       = "Note: All domains should be moved at the same time. Target start: after successful 5% rollout and monitoring period of at least ?????"
  }

  stage "thereafter" {
    title      = "Each step thereafter"
    percentage = undecided("the steps after 20 %: the plan says \"each step thereafter\"")
    toggles    = local.all_domains
    together   = true
    meaning    = "SCDF"
    monitors   = [monitor.scdf_error_rate, monitor.scdf_response_times]
    approval   = role.medical_records_po
  }

  document {
    title   = "Medical Records Oracle Health Integration - Dark Deploy Rollout Plan"
    status  = "Draft"
    updated = "January 22, 2026"
    facts = {
      Product     = "Medical Records"
      Integration = "Oracle Health (Millennium)"
    }

    section "summary" {
      title = "Executive Summary"
      body  = <<-EOT
        This document outlines the phased rollout plan for enabling Oracle Health data integration for Medical Records. This is a "dark deploy" - users will not be notified that their data source may change. The integration is designed to be transparent to end users.

        This rollout is coordinated with the Secure Messaging (SM), Medications and Appointments dark deploys as part of a broader Oracle Health integration initiative.

        In this plan we will need to test and verify all 6 domains within Medical Records: Allergies, Labs and Tests, Care Notes, Vaccines, Vitals, Conditions.

        Allergies and Labs and Tests are the priority domains to validate prior to rollout, as they are the most commonly used by Veterans or blocking for other products (e.g., Medications).
      EOT
    }

    section "sources" {
      title = "Current Architecture: Data Sources"
      body  = <<-EOT
        Medical records are stored in **two canonical sources**:

        | Source        | Database            | Users           |
        | ------------- | ------------------- | --------------- |
        | MHV (Legacy)  | MyHealtheVet tables | Vista patients  |
        | Oracle Health | Millennium tables   | Oracle patients |
      EOT
    }

    section "flow" {
      title = "Data Flow by Patient Type"
      body  = <<-EOT
        Vista Patients (Current/Unchanged): Website/Mobile App → Vets API → MHV Patient API → MHV Database

        Oracle and Vista Patients (New Integration): Website/Mobile App → Vets API → SCDF → Millennium (via Oracle APIs) OR HDR VPR (for Vista data)
      EOT
    }

    section "mechanism" {
      title = "How Dark Deploy Works"
      body  = <<-EOT
        # Feature Flag Mechanism

        We have 7 feature flags; one per domain and one global flag: Allergies, Labs and Tests, Care Notes, Vaccines, Vitals, Conditions, and the global switch of the website. The API asks for an eighth, UHD, which the plan doesn't list.

        # User Experience

        - **Transparent to users** - they do not know if the flag is on or off
      EOT
    }

    glossary = {
      SM             = "Secure Messaging"
      MHV            = "MyHealtheVet"
      Millennium     = "Oracle Health's clinical database system"
      Vista          = "Legacy VA health information system"
      "Dual Patient" = "Veteran with records in both Vista and Oracle Health systems"
      Nudging        = "Active user migration/notification efforts post-dark deploy"
      OCC            = "Office of Connected Care"
      MH3            = "My HealtheVet 3.0"
      SCDF           = "The Spring Cloud Data Flow API"
    }
  }
}

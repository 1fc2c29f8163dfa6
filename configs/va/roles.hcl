# Who answers for a product. A product names its owner.

role "appointments_po" {
  github_team = "example-org/appointments-po"
}

role "medical_records_po" {
  github_team = "example-org/medical-records-po"
}

role "medications_po" {
  github_team = "example-org/medications-po"
}

role "sm_po" {
  github_team = "example-org/secure-messaging-po"
}

"""Reports and statements: docs/reference/native-api-reports.md."""

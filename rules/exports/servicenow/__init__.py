"""The audit log of a ServiceNow instance, read as history."""

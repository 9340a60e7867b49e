"""The tests of driverenv."""

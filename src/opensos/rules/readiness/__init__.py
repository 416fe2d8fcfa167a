"""Whether the SOS call would work now: self-test, fault memory, warning, forecast.

Deliberately absent: what a fault's cause is (the doctor's work), and how a part is asked (edges).
"""

"""What signs say of healthy and of sick trainings, beside what other rules say."""

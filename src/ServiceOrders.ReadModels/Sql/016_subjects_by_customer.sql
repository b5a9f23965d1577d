-- Subjects are looked up by customer also when they were erased.
create index subject_keys_customer on privacy.subject_keys (customer_id) where customer_id is not null;

-- directory: 1 for a user who was made when the LDAP directory let him in.
ALTER TABLE users ADD COLUMN directory BIGINT NOT NULL DEFAULT 0;

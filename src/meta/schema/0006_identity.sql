-- People whom OpenID Connect providers vouch for, and the users that they are here. A person is
-- issuer and subject, whatever he is called.
CREATE TABLE user_identities (
  account TEXT COLLATE "C" NOT NULL,
  issuer TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  user_name TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account, issuer, subject),
  FOREIGN KEY (account, user_name) REFERENCES users (account, name)
) /*sqlite: WITHOUT ROWID*/;
CREATE INDEX user_identities_by_user ON user_identities (account, user_name, issuer, subject);

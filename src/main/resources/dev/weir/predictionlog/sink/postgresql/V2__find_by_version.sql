-- Whether a version may be deleted: whether any record is of what it did.
CREATE INDEX entry_version ON entry (model, version) WHERE model IS NOT NULL;

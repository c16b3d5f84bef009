#include "meta/consistency_checks.h"

namespace gantry::meta {
namespace {

constexpr Check kChecks[] = {
    // Links and what manifests need.
    {"link_without_blob",
     {"SELECT r.name, 'blob id ' || CAST(l.blob_id AS TEXT) FROM repository_blobs l"
      " JOIN repositories r ON r.id = l.repository_id LEFT JOIN blobs b ON b.id = l.blob_id"
      " WHERE b.id IS NULL LIMIT $1"}},
    {"link_without_repository",
     {"SELECT b.digest, 'repository id ' || CAST(l.repository_id AS TEXT) FROM repository_blobs l"
      " JOIN blobs b ON b.id = l.blob_id LEFT JOIN repositories r ON r.id = l.repository_id"
      " WHERE r.id IS NULL LIMIT $1"}},
    {"linked_blob_being_removed",
     {"SELECT r.name || '@' || b.digest, 'its bytes may be gone' FROM blobs b"
      " JOIN repository_blobs l ON l.blob_id = b.id JOIN repositories r ON r.id = l.repository_id"
      " WHERE b.state = 1 LIMIT $1"}},
    {"manifest_blob_not_linked",
     {"SELECT r.name || '@' || m.digest, 'needs blob ' ||"
      " COALESCE(b.digest, 'id ' || CAST(n.blob_id AS TEXT))"
      " FROM manifest_blobs n JOIN manifests m ON m.id = n.manifest_id"
      " JOIN repositories r ON r.id = m.repository_id"
      " LEFT JOIN repository_blobs l ON l.repository_id = m.repository_id"
      " AND l.blob_id = n.blob_id LEFT JOIN blobs b ON b.id = n.blob_id"
      " WHERE l.blob_id IS NULL OR b.id IS NULL LIMIT $1"}},
    {"manifest_blob_in_trash",
     {"SELECT r.name || '@' || m.digest, 'needs blob ' || b.digest || ', which was deleted'"
      " FROM repository_blobs l JOIN blobs b ON b.id = l.blob_id"
      " JOIN repositories r ON r.id = l.repository_id JOIN manifest_blobs n ON n.blob_id = "
      "l.blob_id"
      " JOIN manifests m ON m.id = n.manifest_id AND m.repository_id = l.repository_id"
      " WHERE l.trash_id IS NOT NULL AND l.manifest_count > 0 AND m.trash_id IS NULL LIMIT $1"}},
    {"manifest_blob_quarantined",
     {"SELECT r.name || '@' || m.digest, 'needs blob ' || b.digest || ', whose bytes are damaged'"
      " FROM blobs b JOIN manifest_blobs n ON n.blob_id = b.id"
      " JOIN manifests m ON m.id = n.manifest_id JOIN repositories r ON r.id = m.repository_id"
      " WHERE b.state = 2 AND m.trash_id IS NULL LIMIT $1"}},
    {"reference_without_manifest",
     {"SELECT b.digest, 'manifest id ' || CAST(n.manifest_id AS TEXT) FROM manifest_blobs n"
      " JOIN blobs b ON b.id = n.blob_id LEFT JOIN manifests m ON m.id = n.manifest_id"
      " WHERE m.id IS NULL LIMIT $1"}},
    {"wanted_blob_without_manifest",
     {"SELECT w.digest, 'manifest id ' || CAST(w.manifest_id AS TEXT)"
      " FROM manifest_wanted_blobs w LEFT JOIN manifests m ON m.id = w.manifest_id"
      " AND m.repository_id = w.repository_id WHERE m.id IS NULL LIMIT $1"}},
    {"wanted_blob_linked",
     {"SELECT r.name || '@' || b.digest, 'manifest id ' || CAST(w.manifest_id AS TEXT)"
      " FROM manifest_wanted_blobs w JOIN blobs b ON b.digest = w.digest"
      " JOIN repository_blobs l ON l.repository_id = w.repository_id AND l.blob_id = b.id"
      " JOIN repositories r ON r.id = w.repository_id LIMIT $1"}},
    {"manifest_blob_wanted",
     {"SELECT r.name || '@' || m.digest, 'needs blob ' || w.digest || ', which was never pushed'"
      " FROM manifest_wanted_blobs w JOIN manifests m ON m.id = w.manifest_id"
      " JOIN repositories r ON r.id = m.repository_id WHERE m.trash_id IS NULL LIMIT $1"},
     true},

    // Manifests.
    {"manifest_without_repository",
     {"SELECT m.digest, 'repository id ' || CAST(m.repository_id AS TEXT) FROM manifests m"
      " LEFT JOIN repositories r ON r.id = m.repository_id WHERE r.id IS NULL LIMIT $1"}},
    {"manifest_without_body",
     {"SELECT r.name || '@' || m.digest, '' FROM manifests m"
      " JOIN repositories r ON r.id = m.repository_id"
      " LEFT JOIN manifest_bodies d ON d.manifest_id = m.id WHERE d.manifest_id IS NULL LIMIT $1"}},
    {"manifest_size_differs",
     {"SELECT r.name || '@' || m.digest, 'stored ' || CAST(m.size AS TEXT) || ', the body has ' ||"
      " CAST(LENGTH(d.body) AS TEXT) FROM manifests m JOIN repositories r ON r.id = m.repository_id"
      " JOIN manifest_bodies d ON d.manifest_id = m.id WHERE LENGTH(d.body) <> m.size LIMIT $1"}},
    {"body_without_manifest",
     {"SELECT CAST(d.manifest_id AS TEXT), '' FROM manifest_bodies d"
      " LEFT JOIN manifests m ON m.id = d.manifest_id WHERE m.id IS NULL LIMIT $1"}},
    {"child_without_index",
     {"SELECT c.child_digest, 'manifest id ' || CAST(c.manifest_id AS TEXT)"
      " FROM manifest_children c LEFT JOIN manifests m ON m.id = c.manifest_id"
      " AND m.repository_id = c.repository_id WHERE m.id IS NULL LIMIT $1"}},
    {"index_child_missing",
     {"SELECT r.name || '@' || i.digest, 'lists manifest ' || c.child_digest"
      " FROM manifest_children c JOIN manifests i ON i.id = c.manifest_id"
      " JOIN repositories r ON r.id = i.repository_id"
      " LEFT JOIN manifests m ON m.repository_id = c.repository_id AND m.digest = c.child_digest"
      " AND m.trash_id IS NULL WHERE i.trash_id IS NULL AND m.id IS NULL LIMIT $1"},
     true},

    // Tags.
    {"tag_without_manifest",
     {"SELECT COALESCE(r.name, CAST(t.repository_id AS TEXT)) || ':' || t.name,"
      " 'manifest id ' || CAST(t.manifest_id AS TEXT) FROM tags t"
      " LEFT JOIN repositories r ON r.id = t.repository_id"
      " LEFT JOIN manifests m ON m.id = t.manifest_id WHERE m.id IS NULL OR r.id IS NULL LIMIT "
      "$1"}},
    {"tag_of_trashed_manifest",
     {"SELECT r.name || ':' || t.name, m.digest || ' was deleted' FROM tags t"
      " JOIN repositories r ON r.id = t.repository_id JOIN manifests m ON m.id = t.manifest_id"
      " WHERE m.trash_id IS NOT NULL LIMIT $1"}},
    {"tag_of_other_repository",
     {"SELECT r.name || ':' || t.name, m.digest || ' is a manifest of another repository'"
      " FROM tags t JOIN repositories r ON r.id = t.repository_id"
      " JOIN manifests m ON m.id = t.manifest_id"
      " WHERE m.repository_id <> t.repository_id LIMIT $1"}},

    // What repositories are set to, and what was pulled.
    {"settings_without_repository",
     {"SELECT 'repository id ' || CAST(s.repository_id AS TEXT), s.tag_mutability"
      " FROM repository_settings s LEFT JOIN repositories r ON r.id = s.repository_id"
      " WHERE r.id IS NULL LIMIT $1"}},
    {"label_without_repository",
     {"SELECT 'repository id ' || CAST(l.repository_id AS TEXT), l.label_key"
      " FROM repository_labels l LEFT JOIN repositories r ON r.id = l.repository_id"
      " WHERE r.id IS NULL LIMIT $1"}},
    {"pull_without_manifest",
     {"SELECT 'manifest id ' || CAST(p.manifest_id AS TEXT), '' FROM manifest_pulls p"
      " LEFT JOIN manifests m ON m.id = p.manifest_id WHERE m.id IS NULL LIMIT $1"}},
    {"deleted_repository_has_manifests",
     {"SELECT r.name, m.digest || ' is not in the trash' FROM repositories r"
      " JOIN manifests m ON m.repository_id = r.id"
      " WHERE r.deleted_at > 0 AND m.trash_id IS NULL LIMIT $1"}},

    // The trash.
    {"trash_without_content",
     {"SELECT r.name || ' ' || t.subject, 'deletion ' || CAST(t.id AS TEXT)"
      " FROM trash t JOIN repositories r ON r.id = t.repository_id WHERE NOT EXISTS"
      " (SELECT 1 FROM trashed_tags g WHERE g.trash_id = t.id)"
      " AND (t.kind <> 1 OR NOT EXISTS (SELECT 1 FROM manifests m WHERE m.trash_id = t.id))"
      " AND (t.kind <> 3 OR (r.deleted_at = 0"
      " AND NOT EXISTS (SELECT 1 FROM manifests m WHERE m.trash_id = t.id)))"
      " AND (t.kind <> 2 OR NOT EXISTS (SELECT 1 FROM blobs b JOIN repository_blobs l"
      " ON l.repository_id = t.repository_id AND l.blob_id = b.id"
      " WHERE b.digest = t.subject AND l.trash_id = t.id)) LIMIT $1"}},
    {"manifest_without_trash",
     {"SELECT r.name || '@' || m.digest, 'deletion ' || CAST(m.trash_id AS TEXT) ||"
      " ' is not in the trash' FROM manifests m JOIN repositories r ON r.id = m.repository_id"
      " LEFT JOIN trash t ON t.id = m.trash_id"
      " WHERE m.trash_id IS NOT NULL AND t.id IS NULL LIMIT $1"}},
    {"trashed_tag_without_trash",
     {"SELECT g.name, 'deletion ' || CAST(g.trash_id AS TEXT) FROM trashed_tags g"
      " LEFT JOIN trash t ON t.id = g.trash_id WHERE t.id IS NULL LIMIT $1"}},
    {"trashed_tag_without_manifest",
     {"SELECT g.name, 'manifest id ' || CAST(g.manifest_id AS TEXT) FROM trashed_tags g"
      " LEFT JOIN manifests m ON m.id = g.manifest_id WHERE m.id IS NULL LIMIT $1"}},
};

}  // namespace

std::span<const Check> Checks() { return kChecks; }

}  // namespace gantry::meta

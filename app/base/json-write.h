/* SPDX-License-Identifier: GPL-3.0-or-later */

/* JSON as people read it: json-glib's own generator writes 0.1 as 0.10000000000000001. */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* (transfer full): indented JSON, numbers in their shortest exact form. */
char *app_json_to_text (JsonNode *root);
/* A number rounded to n_decimals, so that JSON shows 1.52 and not 1.5200000000000000177. */
void app_json_add_number (JsonBuilder *builder, const char *name, double value, int n_decimals);
void app_json_add_string (JsonBuilder *builder, const char *name, const char *value);
/* A file's absolute name, to be read as requests have it (docs/engine.md): as it is, or as an
 * address where it is not UTF-8. */
void app_json_add_path (JsonBuilder *builder, const char *name, const char *path);
void app_json_add_int (JsonBuilder *builder, const char *name, gint64 value);
/* (transfer full): valid UTF-8 without control characters, for messages and JSON, of any bytes. */
char *app_json_display (const char *bytes);

G_END_DECLS

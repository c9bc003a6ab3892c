/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The schema of the JSON that a question asks for: one that it gives, one made of an example that
 * it gives, or one of the keys that it names. Pure functions.
 */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* (transfer full): the schema that stands in the text, or that of the JSON that does, where a value
 * may name its type; NULL if there is none. */
char *app_json_request_find_schema (const char *text);
/* (transfer full): an object with a text for each key. */
char *app_json_request_make_schema (const char *const *keys);
/* (transfer full) (element-type utf8): words of the text that may be keys, those in quotation marks
 * if there are any; without repetitions. */
GStrv app_json_request_list_words (const char *text);

G_END_DECLS

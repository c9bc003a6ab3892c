/* SPDX-License-Identifier: GPL-3.0-or-later */

/* JSON that comes from another process or from a file: any bytes may come. */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define APP_JSON_MAX_DEPTH 64

/* (transfer full): the value of JSON text in UTF-8, nested at most APP_JSON_MAX_DEPTH; else
 * APP_ERROR_FORMAT. length -1: up to NUL. Any thread. */
JsonNode *app_json_parse (const char *text, gssize length, GError **error);

/* Members of an object of which nobody knows what it holds. (nullable): a text in UTF-8. */
const char *app_json_get_text (JsonObject *object, const char *name);
double app_json_get_number (JsonObject *object, const char *name, double otherwise);
gboolean app_json_get_flag (JsonObject *object, const char *name);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Members of a JSON object that came over the network: any value may stand anywhere. Members that
 * are absent or null leave what the caller has set. Errors are APP_HTTP_ERROR 400 and name the
 * member. Pure functions.
 *
 *   double speed = 1;
 *   if (!app_members_get_number (object, "speed", 0.5, 2, &speed, &error))
 */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* (transfer full): a node that holds an object. */
JsonNode *app_members_parse (const char *text, gsize n_bytes, GError **error);
/* value: (transfer none), valid UTF-8. */
gboolean app_members_get_string (JsonObject *object, const char *name, const char **value,
                                 GError **error);
gboolean app_members_get_number (JsonObject *object, const char *name, double min, double max,
                                 double *value, GError **error);
gboolean app_members_get_int (JsonObject *object, const char *name, int min, int max, int *value,
                              GError **error);
gboolean app_members_get_bool (JsonObject *object, const char *name, gboolean *value,
                               GError **error);
/* value: (transfer none); untouched where it is absent or null. */
gboolean app_members_get_object (JsonObject *object, const char *name, JsonObject **value,
                                 GError **error);
gboolean app_members_get_array (JsonObject *object, const char *name, JsonArray **value,
                                GError **error);
/* Whether it is there, and neither null, false, 0 nor empty. */
gboolean app_members_has (JsonObject *object, const char *name);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a program on the session bus may ask the engine for, made safe: who asks may be sandboxed,
 * and the engine is not. No path of the caller's reaches the engine: a recording is the number of a
 * file that was handed over, and stands here for one in the request's folder. Only listen, ask,
 * chat and say can be asked for. Any bytes may come. Pure, but for the list of models.
 *
 *   request = app_bus_request_make ("listen", text, paths, store, &error);
 */

#pragma once

#include <json-glib/json-glib.h>

#include "app/models/model-store.h"

G_BEGIN_DECLS

/* Files that a request may bring. */
#define APP_BUS_MAX_HANDLES 32

/* NULL-terminated: the tasks. */
extern const char *const app_bus_tasks[];

/* (transfer full): for the engine. paths: of the files that were handed over, or of "say" the one
 * to be written; NULL-terminated. APP_HTTP_ERROR 400, and the errors of app_model_choice_find(). */
JsonNode *app_bus_request_make (const char *task, const char *text, const char *const *paths,
                                AppModelStore *store, GError **error);
/* The ending of the file that "say" makes: ".wav" unless the request says otherwise; NULL: it asks
 * for what there is not. */
const char *app_bus_request_get_ending (const char *text);
/* (transfer full): a result without what is nobody else's: paths, and what tells a voice from
 * others. */
char *app_bus_result_write (JsonObject *result);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a client of the server is told when something cannot be done: an HTTP status, and the error
 * object that clients of OpenAI's interface expect. The code of an APP_HTTP_ERROR is the status;
 * errors of other domains have the status of their kind. Pure functions.
 *
 *   g_set_error (error, APP_HTTP_ERROR, 415, "application/json is expected");
 *   status = app_http_error_get_status (error);
 *   body = app_http_error_to_json (error);
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Codes that say more than their status, which is what remains of a division by 1000. */
enum { APP_HTTP_NO_MODEL = 1404 };

#define APP_HTTP_ERROR (app_http_error_quark ())
GQuark app_http_error_quark (void);

/* 400 to 599. */
guint app_http_error_get_status (const GError *error);
/* (transfer full): {"error": {"message", "type", "param", "code"}}, whatever bytes the message
 * has. */
char *app_http_error_to_json (const GError *error);

G_END_DECLS

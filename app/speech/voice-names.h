/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The voices that can be chosen by name: the user's own that may speak (own-voice.h), then the
 * stock ones of the installed voice model. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Reads files in a thread. finish: (transfer full): APP_ERROR_NOT_INSTALLED. */
void app_voice_names_list_async (GAsyncReadyCallback callback, gpointer user_data);
GStrv app_voice_names_list_finish (GAsyncResult *result, GError **error);

G_END_DECLS

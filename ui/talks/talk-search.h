/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Searching all conversations beside the main loop, through a connection of its own to the store.
 *
 *   hs_talk_search_async (source, store, "words", 20, cancellable, searched_cb, NULL);
 */

#pragma once

#include <gio/gio.h>

#include "app/talks/conversations.h"

G_BEGIN_DECLS

/* source: the callback's, kept until then. */
void hs_talk_search_async (gpointer source, AppConversations *store, const char *query,
                           guint max_found, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data);
/* (transfer full): as of app_conversations_search(), whose errors these are;
 * G_IO_ERROR_CANCELLED. */
GPtrArray *hs_talk_search_finish (GAsyncResult *result, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "ui/talks/talk-search.h"

typedef struct {
  AppConversations *again;
  char *query;
  guint max_found;
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;

  app_conversations_free (search->again);
  g_free (search->query);
  g_free (search);
}

static void
run_search (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Search *search = task_data;
  GError *error = NULL;
  GPtrArray *found =
      app_conversations_search (search->again, search->query, search->max_found, &error);

  if (found != NULL)
    g_task_return_pointer (task, found, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
hs_talk_search_async (gpointer source, AppConversations *store, const char *query, guint max_found,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (source, cancellable, callback, user_data);
  GError *error = NULL;
  AppConversations *again = app_conversations_open_again (store, &error);
  Search *search;

  if (again == NULL) {
    g_task_return_error (task, error);
    return;
  }
  search = g_new (Search, 1);
  *search = (Search){ again, g_strdup (query), max_found };
  g_task_set_task_data (task, search, search_free);
  g_task_run_in_thread (task, run_search);
}

GPtrArray *
hs_talk_search_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Imports conversations from a file into the store of the user's data folder, for the window to
 * show. usage: fill-store FILE [MESSAGES]: with a number, that many messages in one conversation
 * besides. */

#include <stdio.h>
#include <stdlib.h>

#include "app/talks/conversations.h"

static gboolean
add_long (AppConversations *store, int n_messages, GError **error)
{
  gint64 talk = app_conversations_create (store, NULL, error);
  gint64 parent = 0;

  if (talk == 0 || !app_conversations_rename (store, talk, "Long", error))
    return FALSE;
  for (int i = 0; i < n_messages; i++) {
    g_autofree char *text = g_strdup_printf ("Message %d of a long conversation.", i);
    parent = app_conversations_add (store, talk, parent,
                                    i % 2 == 0 ? APP_ROLE_USER : APP_ROLE_ASSISTANT, text, error);
    if (parent == 0)
      return FALSE;
  }
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length = 0;
  g_autoptr (AppConversations) store = app_conversations_new (NULL, &error);
  g_autoptr (GArray) talks = NULL;

  if (store != NULL && argc >= 2 && g_file_get_contents (argv[1], &text, &length, &error))
    talks = app_conversations_import (store, text, (gssize) length, &error);
  if (talks != NULL && argc >= 3)
    add_long (store, atoi (argv[2]), &error);
  if (error == NULL && talks != NULL)
    return EXIT_SUCCESS;
  fprintf (stderr, "fill-store: %s\n", error != NULL ? error->message : "usage: FILE [MESSAGES]");
  return EXIT_FAILURE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/conversation/question.h"

#include <glib/gi18n.h>
#include "ui/base/file-name.h"
#include "ui/base/program.h"

#define TITLE_CHARS 60

static AppConversations *
get_store (void)
{
  return hs_program_get_store (hs_program_get ());
}

/* (transfer full): the beginning of the text, or the name of the file. */
static char *
make_title (const char *text, GListModel *files)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", 2);
  g_autoptr (GFile) file = g_list_model_get_item (files, 0);
  g_autofree char *beginning = NULL;

  if (text[0] == '\0' && file != NULL)
    return hs_file_show_name (file);
  if (lines[0] == NULL || g_utf8_strlen (lines[0], -1) <= TITLE_CHARS)
    return g_strdup (lines[0] != NULL ? lines[0] : "");
  beginning = g_utf8_substring (lines[0], 0, TITLE_CHARS);
  return g_strconcat (beginning, "…", NULL);
}

static gboolean
ensure_talk (gint64 *talk, const char *text, GListModel *files, GError **error)
{
  g_autoptr (AppTalk) state = NULL;
  g_autofree char *title = NULL;

  if (*talk != 0)
    state = app_conversations_get (get_store (), *talk, NULL);
  if (state != NULL && (state->n_messages > 0 || state->title[0] != '\0'))
    return TRUE;
  if (*talk == 0)
    *talk = app_conversations_create (get_store (), NULL, error);
  if (*talk == 0)
    return FALSE;
  title = make_title (text, files);
  return app_conversations_rename (get_store (), *talk, title, error);
}

/* The first trouble is told; the other files are attached all the same. */
static void
add_files (gint64 question, GListModel *files, GError **error)
{
  for (guint i = 0; i < g_list_model_get_n_items (files); i++) {
    g_autoptr (GFile) file = g_list_model_get_item (files, i);
    g_autoptr (GError) trouble = NULL;
    g_autofree char *path = g_file_get_path (file);
    if (path == NULL)
      g_set_error_literal (&trouble, APP_ERROR, APP_ERROR_ARGUMENT,
                           _ ("Only files on this computer can be opened"));
    else
      app_conversations_add_recording (get_store (), question, path, NULL, 0, NULL, &trouble);
    if (trouble != NULL && *error == NULL)
      g_propagate_error (error, g_steal_pointer (&trouble));
  }
}

gint64
hs_question_add (gint64 *talk, gint64 beside, const char *text, GListModel *files, GError **error)
{
  g_autoptr (AppTalk) state = NULL;
  g_autoptr (AppMessage) other = NULL;
  gint64 question;

  if (!ensure_talk (talk, text, files, error))
    return 0;
  state = app_conversations_get (get_store (), *talk, error);
  if (state == NULL)
    return 0;
  other = beside != 0 ? app_conversations_get_message (get_store (), beside, NULL) : NULL;
  question = app_conversations_add (
      get_store (), *talk, other != NULL ? other->parent : state->leaf, APP_ROLE_USER, text, error);
  if (question == 0)
    return 0;
  /* The recordings of a question belong to its new wording, too. */
  if (other != NULL
      && !app_conversations_copy_recordings (get_store (), other->id, question, error))
    return question;
  add_files (question, files, error);
  return question;
}

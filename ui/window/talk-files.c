/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window/talk-files.h"
#include "ui/base/file-dialog.h"
#include "ui/base/program.h"

#include <glib/gi18n.h>
#include <string.h>

/* What takes no longer is not announced. */
#define WAIT_MS 500

/* Lives as long as its dialogue is open. */
typedef struct {
  HsWindow *window;
  gint64 talk;
  gboolean is_markdown;
} Choice;

static AppConversations *
get_store (void)
{
  return hs_program_get_store (hs_program_get ());
}

/* What a thread needs, with a connection of its own. */
typedef struct {
  AppConversations *again;
  gint64 talk;
  gboolean is_markdown;
  GFile *file;
  gint64 first; /* of what was imported */
  HsWindow *window;
  AdwToast *toast; /* that it takes a while; NULL: not yet */
  guint wait_id;
} Job;

static void
free_job (Job *job)
{
  g_clear_pointer (&job->again, app_conversations_free);
  g_object_unref (job->file);
  g_free (job);
}

static gboolean
waited_cb (gpointer user_data)
{
  Job *job = user_data;

  job->wait_id = 0;
  job->toast = adw_toast_new (job->talk == 0 ? _ ("Importing Conversations…") : _ ("Exporting…"));
  adw_toast_set_timeout (job->toast, 0);
  hs_window_add_toast (job->window, g_object_ref (job->toast));
  return G_SOURCE_REMOVE;
}

/* Here, as the thread may be the last to hold the job. */
static void
stop_waiting (GTask *task)
{
  Job *job = g_task_get_task_data (task);

  g_clear_handle_id (&job->wait_id, g_source_remove);
  if (job->toast != NULL && !gtk_widget_in_destruction (GTK_WIDGET (job->window)))
    hs_window_remove_toast (job->window, job->toast);
  g_clear_object (&job->toast);
  g_clear_object (&job->window);
}

static void
run_export (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Job *job = task_data;
  GError *error = NULL;
  g_autofree char *text = job->is_markdown
                              ? app_conversations_export_markdown (job->again, job->talk, &error)
                              : app_conversations_export_json (job->again, job->talk, &error);

  if (text != NULL
      && g_file_replace_contents (job->file, text, strlen (text), NULL, FALSE, G_FILE_CREATE_NONE,
                                  NULL, NULL, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  HsWindow *window = HS_WINDOW (source);
  g_autoptr (GError) error = NULL;

  stop_waiting (G_TASK (result));
  if (gtk_widget_in_destruction (GTK_WIDGET (window)))
    return;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    hs_window_tell (window, _ ("Exported"));
  else
    hs_window_tell_error (window, error);
}

static void
run_import (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Job *job = task_data;
  GError *error = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GArray) talks = NULL;
  gsize length;

  if (g_file_load_contents (job->file, NULL, &text, &length, NULL, &error))
    talks = app_conversations_import (job->again, text, (gssize) length, &error);
  if (talks == NULL) {
    g_task_return_error (task, error);
    return;
  }
  job->first = talks->len > 0 ? g_array_index (talks, gint64, 0) : 0;
  g_task_return_int (task, (gssize) talks->len);
}

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  HsWindow *window = HS_WINDOW (source);
  const Job *job = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gssize n = g_task_propagate_int (G_TASK (result), &error);
  g_autofree char *text = NULL;

  stop_waiting (G_TASK (result));
  if (gtk_widget_in_destruction (GTK_WIDGET (window)))
    return;
  if (n < 0) {
    hs_window_tell_error (window, error);
    return;
  }
  text = g_strdup_printf (
      ngettext ("%u conversation imported", "%u conversations imported", (guint) n), (guint) n);
  hs_window_update (window);
  hs_window_tell (window, text);
  if (job->first != 0)
    gtk_widget_activate_action (GTK_WIDGET (window), "win.open-conversation", "x", job->first);
}

static void
begin (const Choice *choice, GFile *file)
{
  gboolean is_import = choice->talk == 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (GTask) task = NULL;
  AppConversations *again = app_conversations_open_again (get_store (), &error);
  Job *job;

  if (again == NULL) {
    hs_window_tell_error (choice->window, error);
    return;
  }
  job = g_new0 (Job, 1);
  job->again = again;
  job->talk = choice->talk;
  job->is_markdown = choice->is_markdown;
  job->file = g_object_ref (file);
  job->window = g_object_ref (choice->window);
  job->wait_id = g_timeout_add (WAIT_MS, waited_cb, job);
  task = g_task_new (choice->window, NULL, is_import ? imported_cb : exported_cb, NULL);
  g_task_set_task_data (task, job, (GDestroyNotify) free_job);
  g_task_run_in_thread (task, is_import ? run_import : run_export);
}

static void
chosen_cb (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  Choice *choice = user_data;
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  if (file != NULL)
    begin (choice, file);
  g_object_unref (choice->window);
  g_free (choice);
  hs_file_dialog_let_go (GTK_FILE_CHOOSER_NATIVE (dialog));
}

static void
choose (HsWindow *window, GtkFileChooserNative *dialog, gint64 talk, gboolean is_markdown)
{
  Choice *choice = g_new0 (Choice, 1);

  choice->window = g_object_ref (window);
  choice->talk = talk;
  choice->is_markdown = is_markdown;
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (chosen_cb), choice);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
hs_talk_files_export (HsWindow *window, gint64 talk, const char *ending)
{
  g_autoptr (AppTalk) state = app_conversations_get (get_store (), talk, NULL);
  GtkFileChooserNative *dialog;
  g_autofree char *name = NULL;

  if (state == NULL)
    return;
  name = g_strdup_printf ("%s.%s", state->title, ending);
  g_strdelimit (name, "/", '-');
  dialog = gtk_file_chooser_native_new (_ ("Export Conversation"), GTK_WINDOW (window),
                                        GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  choose (window, dialog, talk, g_str_equal (ending, "md"));
}

void
hs_talk_files_import (HsWindow *window)
{
  choose (window,
          gtk_file_chooser_native_new (_ ("Import Conversations"), GTK_WINDOW (window),
                                       GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Import"), NULL),
          0, FALSE);
}

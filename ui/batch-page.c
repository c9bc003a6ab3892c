/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/batch-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/hearing-export.h"
#include "ui/application.h"
#include "ui/batch-row.h"
#include "ui/stage.h"
#include "ui/trouble.h"
#include "ui/window.h"

/* Before that, the time left would be a guess. */
#define MIN_WORK_S 3.0

struct _HsBatchPage {
  GtkBox parent_instance;
  GtkStack *stack;
  GtkListBox *list;
  GtkProgressBar *progress;
  GtkLabel *summary;
  GtkButton *pause;
  GtkWidget *clear;
  GtkWidget *export;
  HsBatchRow *current; /* of the call; a row of the list */
  AppRemoteCall *call;
  double fraction; /* of the current one */
  gboolean is_paused;
  double work_s;      /* that what was done took */
  guint64 done_bytes; /* in that time */
  gint64 begun_us;    /* of the call */
  guint inhibition;   /* of suspending */
  GtkFileChooserNative *chooser;
  AppFormat format;  /* to export in */
  GFile *folder;     /* to export to */
  GHashTable *names; /* that this export has used */
  guint n_exported;
};

G_DEFINE_FINAL_TYPE (HsBatchPage, hs_batch_page, GTK_TYPE_BOX)

static void work (HsBatchPage *self);

static void
tell (HsBatchPage *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", text);
}

/* (transfer none) (nullable) */
static HsBatchRow *
get_row (HsBatchPage *self, int index)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, index);

  return row != NULL ? HS_BATCH_ROW (row) : NULL;
}

typedef struct {
  guint n, n_done, n_failed;
  guint64 bytes, done_bytes;
} Sums;

static Sums
count (HsBatchPage *self)
{
  Sums sums = { 0 };
  HsBatchRow *row;

  for (int i = 0; (row = get_row (self, i)) != NULL; i++) {
    HsBatchState state = hs_batch_row_get_state (row);
    gboolean is_done = state == HS_BATCH_DONE || state == HS_BATCH_FAILED;
    sums.n++;
    sums.n_done += is_done;
    sums.n_failed += state == HS_BATCH_FAILED;
    sums.bytes += hs_batch_row_get_size (row);
    sums.done_bytes += is_done ? hs_batch_row_get_size (row) : 0;
  }
  return sums;
}

/* Of all, by how fast it went until now; below 0: not known yet. */
static double
estimate_left (HsBatchPage *self, const Sums *sums)
{
  double bytes = (double) self->done_bytes, seconds = self->work_s, current = 0;

  if (self->current != NULL) {
    current = self->fraction * (double) hs_batch_row_get_size (self->current);
    seconds += (double) (g_get_monotonic_time () - self->begun_us) / G_USEC_PER_SEC;
    bytes += current;
  }
  if (seconds < MIN_WORK_S || bytes <= 0)
    return -1;
  return ((double) (sums->bytes - sums->done_bytes) - current) * seconds / bytes;
}

/* (transfer full) */
static char *
describe (HsBatchPage *self, const Sums *sums)
{
  double seconds_left = estimate_left (self, sums);
  g_autofree char *done = g_strdup_printf (_ ("%u of %u"), sums->n_done, sums->n);
  g_autofree char *failed =
      sums->n_failed > 0 ? g_strdup_printf (
          ngettext (" · %u could not be read", " · %u could not be read", sums->n_failed),
          sums->n_failed)
                         : g_strdup ("");
  g_autofree char *left = NULL;

  if (self->is_paused)
    left = g_strdup (_ ("paused"));
  else if (self->call != NULL && seconds_left >= 1)
    left = hs_time_describe_left (seconds_left);
  return g_strconcat (done, failed, left != NULL ? " · " : "", left, NULL);
}

static void
update (HsBatchPage *self)
{
  const Sums sums = count (self);
  g_autofree char *text = describe (self, &sums);
  double current =
      self->current != NULL ? self->fraction * (double) hs_batch_row_get_size (self->current) : 0;
  gboolean is_over = sums.n_done == sums.n;

  gtk_stack_set_visible_child_name (self->stack, sums.n > 0 ? "list" : "empty");
  gtk_label_set_label (self->summary, text);
  gtk_progress_bar_set_fraction (
      self->progress,
      sums.bytes > 0 ? MIN (((double) sums.done_bytes + current) / (double) sums.bytes, 1) : 0);
  gtk_button_set_label (self->pause, self->is_paused ? _ ("_Resume All") : _ ("_Pause All"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->pause), !is_over);
  gtk_widget_set_sensitive (self->export, sums.n_done > sums.n_failed && self->folder == NULL);
}

/* The work. */

static void
allow_suspending (HsBatchPage *self)
{
  if (self->inhibition != 0)
    gtk_application_uninhibit (GTK_APPLICATION (hs_application_get ()), self->inhibition);
  self->inhibition = 0;
}

/* Nobody looks at the window. */
static void
notify (HsBatchPage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  const Sums sums = count (self);
  g_autoptr (GNotification) notification = NULL;

  if (root == NULL || gtk_window_is_active (GTK_WINDOW (root)))
    return;
  notification = g_notification_new (_ ("The recordings are written down"));
  g_autofree char *text = describe (self, &sums);
  g_notification_set_body (notification, text);
  g_application_send_notification (G_APPLICATION (hs_application_get ()), "batch", notification);
}

static void
end_call (HsBatchPage *self)
{
  g_clear_object (&self->call);
  self->current = NULL;
  self->fraction = 0;
  allow_suspending (self);
}

/* The time that it took says how long the others may take. */
static void
note_work (HsBatchPage *self)
{
  self->work_s += (double) (g_get_monotonic_time () - self->begun_us) / G_USEC_PER_SEC;
  self->done_bytes += hs_batch_row_get_size (self->current);
}

static void
progress_cb (HsBatchPage *self, const char *stage, double fraction, double seconds_left)
{
  if (self->current == NULL)
    return;
  if (g_str_equal (stage, "listening"))
    self->fraction = CLAMP (fraction, 0, 1);
  hs_batch_row_work (self->current, stage, fraction, seconds_left);
  update (self);
}

static void
fail_row (HsBatchRow *row, const GError *error)
{
  g_autofree char *text = hs_trouble_describe (error, "\n");

  hs_batch_row_fail (row, text);
}

static void
done_cb (HsBatchPage *self, JsonNode *result)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_file_get_path (hs_batch_row_get_file (self->current));
  JsonNode *node = json_object_get_member (json_node_get_object (result), "hearing");
  AppHearing *hearing = app_hearing_new_from_json (path, node, &error);

  if (hearing != NULL)
    hs_batch_row_finish (self->current, hearing);
  else
    fail_row (self->current, error);
  note_work (self);
  end_call (self);
  work (self);
}

static void
failed_cb (HsBatchPage *self, const GError *error)
{
  gboolean is_cancelled = g_error_matches (error, APP_ERROR, APP_ERROR_CANCELLED);
  /* It would be the same with each. */
  gboolean is_general = g_error_matches (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);

  if (is_cancelled || is_general)
    hs_batch_row_wait (self->current);
  else {
    fail_row (self->current, error);
    note_work (self);
  }
  end_call (self);
  if (is_general) {
    self->is_paused = TRUE;
    hs_trouble_tell (GTK_WIDGET (self), error);
  }
  work (self);
}

static void
start (HsBatchPage *self, HsBatchRow *row)
{
  HsApplication *application = hs_application_get ();
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *address = g_file_get_uri (hs_batch_row_get_file (row));

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "file");
  json_builder_add_string_value (builder, address);
  json_builder_end_object (builder);
  self->current = row;
  self->fraction = 0;
  self->begun_us = g_get_monotonic_time ();
  hs_batch_row_work (row, NULL, 0, -1);
  self->call = app_remote_start (hs_application_get_remote (application), "listen",
                                 json_builder_get_root (builder));
  self->inhibition =
      gtk_application_inhibit (GTK_APPLICATION (application), window,
                               GTK_APPLICATION_INHIBIT_SUSPEND, _ ("Recordings are written down"));
  g_signal_connect_object (self->call, "progress", G_CALLBACK (progress_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "done", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
}

/* Begins with the next that waits. */
static void
work (HsBatchPage *self)
{
  HsBatchRow *row;
  int i = 0;

  if (self->call == NULL && !self->is_paused) {
    while ((row = get_row (self, i)) != NULL && hs_batch_row_get_state (row) != HS_BATCH_WAITING)
      i++;
    if (row != NULL)
      start (self, row);
    else if (self->done_bytes > 0)
      notify (self);
  }
  update (self);
}

static void
pause_cb (HsBatchPage *self)
{
  self->is_paused = !self->is_paused;
  if (self->is_paused && self->call != NULL)
    app_remote_call_cancel (self->call);
  work (self);
}

/* The list. */

static HsBatchRow *
find (HsBatchPage *self, GFile *file)
{
  HsBatchRow *row;

  for (int i = 0; (row = get_row (self, i)) != NULL; i++)
    if (g_file_equal (hs_batch_row_get_file (row), file))
      return row;
  return NULL;
}

void
hs_batch_page_add (HsBatchPage *self, GFile *file)
{
  if (find (self, file) != NULL)
    return;
  gtk_list_box_append (self->list, GTK_WIDGET (hs_batch_row_new (file)));
  work (self);
}

/* A call whose row goes is forgotten: what it says still concerns nobody. */
static void
forget_call (HsBatchPage *self)
{
  if (self->call == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->call, self);
  app_remote_call_cancel (self->call);
  end_call (self);
}

static void
remove_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsBatchPage *self = HS_BATCH_PAGE (widget);
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));
  HsBatchRow *row = find (self, file);

  if (row == NULL)
    return;
  if (row == self->current)
    forget_call (self);
  gtk_list_box_remove (self->list, GTK_WIDGET (row));
  work (self);
}

static void
clear_cb (HsBatchPage *self)
{
  HsBatchRow *row;

  forget_call (self);
  while ((row = get_row (self, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  self->is_paused = FALSE;
  self->work_s = 0;
  self->done_bytes = 0;
  update (self);
}

static void
open_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));

  hs_window_open_file (HS_WINDOW (gtk_widget_get_root (widget)), file);
}

static void
files_chosen_cb (HsBatchPage *self, int response)
{
  g_autoptr (GListModel) files = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (self->chooser));
  for (guint i = 0; files != NULL && i < g_list_model_get_n_items (files); i++) {
    g_autoptr (GFile) file = g_list_model_get_item (files, i);
    hs_batch_page_add (self, file);
  }
  g_clear_object (&self->chooser);
}

static void
show_chooser (HsBatchPage *self, const char *title, GtkFileChooserAction action, const char *accept,
              GCallback callback)
{
  self->chooser = gtk_file_chooser_native_new (
      title, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), action, accept, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", callback, self, G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

void
hs_batch_page_choose_files (HsBatchPage *self)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  if (self->chooser != NULL)
    return;
  show_chooser (self, _ ("Choose Recordings"), GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"),
                G_CALLBACK (files_chosen_cb));
  gtk_file_filter_set_name (filter, _ ("Recordings"));
  gtk_file_filter_add_mime_type (filter, "audio/*");
  gtk_file_filter_add_mime_type (filter, "application/ogg");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), filter);
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (self->chooser), TRUE);
}

static gboolean
drop_cb (HsBatchPage *self, const GValue *value)
{
  for (GSList *l = g_value_get_boxed (value); l != NULL; l = l->next)
    hs_batch_page_add (self, l->data);
  return TRUE;
}

/* Export. */

static void export_next (HsBatchPage *self, int index);

typedef struct {
  HsBatchPage *page;
  int index;
} Export;

static void
end_export (HsBatchPage *self, const char *text)
{
  g_clear_object (&self->folder);
  g_clear_pointer (&self->names, g_hash_table_unref);
  tell (self, text);
  update (self);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Export *export = user_data;
  g_autoptr (HsBatchPage) self = export->page;
  int index = export->index;
  g_autoptr (GError) error = NULL;

  g_free (export);
  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error)) {
    g_autofree char *text = hs_trouble_describe (error, " ");
    end_export (self, text);
    return;
  }
  self->n_exported++;
  export_next (self, index + 1);
}

/* (transfer full): "talk.srt"; nothing that is in the folder is overwritten. */
static GFile *
choose_name (HsBatchPage *self, GFile *recording)
{
  g_autofree char *stem = g_file_get_basename (recording);
  char *point = strrchr (stem, '.');

  if (point != NULL && point != stem)
    *point = '\0';
  for (guint n = 1;; n++) {
    g_autofree char *number = n > 1 ? g_strdup_printf (" (%u)", n) : g_strdup ("");
    g_autofree char *name =
        g_strconcat (stem, number, ".", app_format_get_name (self->format), NULL);
    g_autoptr (GFile) file = g_file_get_child (self->folder, name);
    if (g_hash_table_contains (self->names, name) || g_file_query_exists (file, NULL))
      continue;
    g_hash_table_add (self->names, g_steal_pointer (&name));
    return g_steal_pointer (&file);
  }
}

static void
export_next (HsBatchPage *self, int index)
{
  HsBatchRow *row;

  while ((row = get_row (self, index)) != NULL && hs_batch_row_get_state (row) != HS_BATCH_DONE)
    index++;
  if (row == NULL) {
    g_autofree char *text = g_strdup_printf (
        ngettext ("%u document was written", "%u documents were written", self->n_exported),
        self->n_exported);
    end_export (self, text);
    return;
  }
  char *document = app_hearing_export (hs_batch_row_get_hearing (row), self->format);
  g_autoptr (GBytes) bytes = g_bytes_new_take (document, strlen (document));
  g_autoptr (GFile) file = choose_name (self, hs_batch_row_get_file (row));
  Export *export = g_new (Export, 1);
  *export = (Export){ g_object_ref (self), index };
  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                       exported_cb, export);
}

static void
folder_chosen_cb (HsBatchPage *self, int response)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    self->folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
    self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->n_exported = 0;
    update (self);
    export_next (self, 0);
  }
  g_clear_object (&self->chooser);
}

static void
export_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsBatchPage *self = HS_BATCH_PAGE (widget);

  if (self->chooser != NULL || self->folder != NULL
      || !app_format_parse (g_variant_get_string (parameter, NULL), &self->format))
    return;
  show_chooser (self, _ ("Folder for the Documents"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                _ ("_Export"), G_CALLBACK (folder_chosen_cb));
}

static void
hs_batch_page_dispose (GObject *object)
{
  HsBatchPage *self = HS_BATCH_PAGE (object);

  forget_call (self);
  g_clear_object (&self->chooser);
  g_clear_object (&self->folder);
  g_clear_pointer (&self->names, g_hash_table_unref);
  G_OBJECT_CLASS (hs_batch_page_parent_class)->dispose (object);
}

static void
hs_batch_page_class_init (HsBatchPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_batch_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/batch-page.ui");
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, stack);
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, list);
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, progress);
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, summary);
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, pause);
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, clear);
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, export);
  gtk_widget_class_bind_template_callback (widget_class, hs_batch_page_choose_files);
  gtk_widget_class_bind_template_callback (widget_class, pause_cb);
  gtk_widget_class_bind_template_callback (widget_class, clear_cb);
  gtk_widget_class_install_action (widget_class, "batch.remove", "s", remove_action);
  gtk_widget_class_install_action (widget_class, "batch.open", "s", open_action);
  gtk_widget_class_install_action (widget_class, "batch.export", "s", export_action);
}

static void
hs_batch_page_init (HsBatchPage *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (drop, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
  update (self);
}

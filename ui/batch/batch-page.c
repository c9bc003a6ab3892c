/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/batch/batch-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ui/base/file-dialog.h"
#include "ui/base/program.h"
#include "ui/base/stage.h"
#include "ui/base/trouble.h"
#include "ui/batch/batch-list.h"
#include "ui/batch/watch-panel.h"

struct _HsBatchPage {
  GtkBox parent_instance;
  GtkStack *stack;
  GtkListBox *list;
  GtkProgressBar *progress;
  GtkLabel *summary;
  GtkButton *pause;
  GtkWidget *clear;
  GtkWidget *export;
  HsWatchPanel *watch;
  HsBatchRow *current; /* of the call; a row of the list */
  AppRemoteCall *call;
  double fraction; /* of the current one */
  gboolean is_paused;
  double work_s;      /* that what was done took */
  guint64 done_bytes; /* in that time */
  gint64 begun_us;    /* of the call */
  GtkFileChooserNative *chooser;
  AppFormat format; /* to export in */
  gboolean is_exporting;
  gboolean is_loaded;    /* the list of the last time is here */
  gboolean is_left_over; /* it stays paused only until somebody adds to it */
  gboolean is_saving;    /* the list */
  gboolean is_changed;   /* since it was saved */
};

G_DEFINE_FINAL_TYPE (HsBatchPage, hs_batch_page, GTK_TYPE_BOX)

static void work (HsBatchPage *self);

/* The list, kept. */

static void save (HsBatchPage *self);

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsBatchPage) self = user_data;
  g_autoptr (GError) error = NULL;

  self->is_saving = FALSE;
  if (!hs_batch_store_save_finish (result, &error))
    hs_trouble_tell (GTK_WIDGET (self), error);
  else if (self->is_changed)
    save (self);
}

static void
save (HsBatchPage *self)
{
  g_autoptr (GPtrArray) entries = NULL;

  self->is_changed = TRUE;
  if (!self->is_loaded || self->is_saving)
    return;
  entries = hs_batch_list_get_entries (self->list);
  self->is_changed = FALSE;
  self->is_saving = TRUE;
  hs_batch_store_save_async (entries, saved_cb, g_object_ref (self));
}

static HsBatchSums
count (HsBatchPage *self)
{
  HsBatchSums sums = { .is_paused = self->is_paused,
                       .is_working = self->call != NULL,
                       .work_s = self->work_s,
                       .work_bytes = (double) self->done_bytes };

  hs_batch_list_count (self->list, &sums);
  if (self->current != NULL) {
    sums.current_bytes = self->fraction * (double) hs_batch_row_get_size (self->current);
    sums.work_bytes += sums.current_bytes;
    sums.work_s += (double) (g_get_monotonic_time () - self->begun_us) / G_USEC_PER_SEC;
  }
  return sums;
}

static void
update (HsBatchPage *self)
{
  const HsBatchSums sums = count (self);
  g_autofree char *text = hs_batch_describe (&sums);
  const char *action = self->is_paused ? _ ("Resume All") : _ ("Pause All");

  gtk_stack_set_visible_child_name (self->stack, sums.n > 0 ? "list" : "empty");
  gtk_label_set_label (self->summary, text);
  gtk_progress_bar_set_fraction (self->progress, hs_batch_get_fraction (&sums));
  gtk_button_set_icon_name (self->pause, self->is_paused ? "media-playback-start-symbolic"
                                                         : "media-playback-pause-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->pause), action);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->pause), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  action, -1);
  gtk_widget_set_sensitive (GTK_WIDGET (self->pause), sums.n_done < sums.n);
  gtk_widget_set_sensitive (self->export, sums.n_done > sums.n_failed && !self->is_exporting);
}

/* The work. */

static void
notify (HsBatchPage *self)
{
  const HsBatchSums sums = count (self);
  g_autofree char *text = hs_batch_describe (&sums);

  hs_program_notify ("batch", _ ("The recordings are written down"), text);
}

static void
end_call (HsBatchPage *self)
{
  g_clear_object (&self->call);
  self->current = NULL;
  self->fraction = 0;
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

/* What was heard, until it is on the disk. */
typedef struct {
  HsBatchPage *page;
  GFile *file;
  double seconds;
  guint n_voices;
} Heard;

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Heard *heard = user_data;
  g_autoptr (HsBatchPage) self = heard->page;
  g_autoptr (GFile) file = heard->file;
  HsBatchRow *row = hs_batch_list_find (self->list, file);
  g_autoptr (GError) error = NULL;

  hs_batch_store_keep_finish (result, &error);
  if (row == NULL) {
    g_autofree char *address = g_file_get_uri (file);
    hs_batch_store_forget (address);
  } else if (error == NULL) {
    hs_batch_row_finish (row, heard->seconds, heard->n_voices);
    if (hs_batch_row_is_watched (row))
      hs_watch_panel_write (self->watch, file);
  } else {
    fail_row (row, error);
    if (hs_batch_row_is_watched (row))
      hs_watch_panel_fail (self->watch, file);
  }
  g_free (heard);
  save (self);
  work (self);
}

static void
done_cb (HsBatchPage *self, JsonNode *result)
{
  JsonNode *node = json_object_get_member (json_node_get_object (result), "hearing");
  JsonObject *hearing = json_node_get_object (node);
  GFile *file = hs_batch_row_get_file (self->current);
  g_autofree char *address = g_file_get_uri (file);
  Heard *heard = g_new (Heard, 1);

  *heard = (Heard){
    g_object_ref (self),
    g_object_ref (file),
    json_object_get_double_member_with_default (hearing, "seconds", 0),
    json_array_get_length (json_object_get_array_member (hearing, "speakers")),
  };
  note_work (self);
  end_call (self);
  hs_batch_store_keep_async (address, node, kept_cb, heard);
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
    if (hs_batch_row_is_watched (self->current))
      hs_watch_panel_fail (self->watch, hs_batch_row_get_file (self->current));
    note_work (self);
    save (self);
  }
  end_call (self);
  if (is_general) {
    self->is_paused = TRUE;
    self->is_left_over = FALSE;
    hs_trouble_tell (GTK_WIDGET (self), error);
  }
  work (self);
}

static void
start (HsBatchPage *self, HsBatchRow *row)
{
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
  self->call = app_remote_start (hs_program_get_remote (hs_program_get ()), "listen",
                                 json_builder_get_root (builder));
  hs_program_keep_awake (self->call, _ ("Recordings are written down"));
  g_signal_connect_object (self->call, "progress", G_CALLBACK (progress_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "done", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->call, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
}

/* Begins with the next that waits. What was left over waits for a word, but not what a folder that
 * is watched brings. */
static void
work (HsBatchPage *self)
{
  HsBatchRow *row;

  if (self->call == NULL && (!self->is_paused || self->is_left_over)) {
    row = hs_batch_list_find_waiting (self->list, self->is_paused);
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
  self->is_left_over = FALSE;
  self->is_paused = !self->is_paused;
  if (self->is_paused && self->call != NULL)
    app_remote_call_cancel (self->call);
  work (self);
}

/* The list. */

void
hs_batch_page_add (HsBatchPage *self, GFile *file)
{
  if (hs_batch_list_find (self->list, file) == NULL)
    gtk_list_box_append (self->list, GTK_WIDGET (hs_batch_row_new (file)));
  if (self->is_left_over)
    self->is_paused = self->is_left_over = FALSE;
  save (self);
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

/* And what was heard of it. */
static void
take_off (HsBatchPage *self, HsBatchRow *row)
{
  g_autofree char *address = g_file_get_uri (hs_batch_row_get_file (row));

  if (row == self->current)
    forget_call (self);
  if (hs_batch_row_is_watched (row))
    hs_watch_panel_skip (self->watch, hs_batch_row_get_file (row));
  hs_batch_store_forget (address);
  gtk_list_box_remove (self->list, GTK_WIDGET (row));
}

static void
remove_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsBatchPage *self = HS_BATCH_PAGE (widget);
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));
  HsBatchRow *row = hs_batch_list_find (self->list, file);

  if (row == NULL)
    return;
  take_off (self, row);
  save (self);
  work (self);
}

static void
clear_cb (HsBatchPage *self)
{
  HsBatchRow *row;

  while ((row = hs_batch_list_get (self->list, 0)) != NULL)
    take_off (self, row);
  save (self);
  self->is_paused = self->is_left_over = FALSE;
  self->work_s = 0;
  self->done_bytes = 0;
  update (self);
}

/* The folder that is watched. */

/* One that is on the list already has changed, or its document is not there. */
static void
found_cb (HsBatchPage *self, GFile *file)
{
  HsBatchRow *row = hs_batch_list_find (self->list, file);

  if (row == NULL) {
    row = hs_batch_row_new (file);
    gtk_list_box_append (self->list, GTK_WIDGET (row));
  } else if (row != self->current) {
    hs_batch_row_wait (row);
  }
  hs_batch_row_set_watched (row, TRUE);
  save (self);
  work (self);
}

static void
stopped_cb (HsBatchPage *self)
{
  HsBatchRow *row;

  while ((row = hs_batch_list_find_watched (self->list)) != NULL)
    take_off (self, row);
  /* Those that were listened to stay, and are of no watcher any more. */
  for (int i = 0; (row = hs_batch_list_get (self->list, i)) != NULL; i++)
    hs_batch_row_set_watched (row, FALSE);
  save (self);
  work (self);
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
  hs_file_dialog_let_go (g_steal_pointer (&self->chooser));
}

void
hs_batch_page_choose_files (HsBatchPage *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  if (self->chooser == NULL)
    self->chooser = hs_file_dialog_open_recordings (window, G_CALLBACK (files_chosen_cb), self);
}

static gboolean
drop_cb (HsBatchPage *self, const GValue *value)
{
  for (GSList *l = g_value_get_boxed (value); l != NULL; l = l->next)
    hs_batch_page_add (self, l->data);
  return TRUE;
}

/* Export. */

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsBatchPage) self = user_data;
  g_autoptr (GError) error = NULL;
  gssize n = hs_batch_store_export_finish (result, &error);
  g_autofree char *text = NULL;

  self->is_exporting = FALSE;
  if (error != NULL) {
    hs_trouble_tell (GTK_WIDGET (self), error);
  } else {
    text = g_strdup_printf (
        ngettext ("%u document was written", "%u documents were written", (guint) n), (guint) n);
    gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", text);
  }
  update (self);
}

static void
folder_chosen_cb (HsBatchPage *self, int response)
{
  g_autoptr (GFile) folder = NULL;
  g_auto (GStrv) list = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  hs_file_dialog_let_go (g_steal_pointer (&self->chooser));
  if (folder == NULL)
    return;
  list = hs_batch_list_get_done (self->list);
  self->is_exporting = TRUE;
  update (self);
  hs_batch_store_export_async (list, self->format, folder, exported_cb, g_object_ref (self));
}

static void
export_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsBatchPage *self = HS_BATCH_PAGE (widget);

  if (!gtk_widget_get_sensitive (self->export) || self->chooser != NULL || self->is_exporting
      || !app_format_parse (g_variant_get_string (parameter, NULL), &self->format))
    return;
  self->chooser = gtk_file_chooser_native_new (
      _ ("Folder for the Documents"), GTK_WINDOW (gtk_widget_get_root (widget)),
      GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Export"), NULL);
  hs_file_dialog_show (self->chooser, G_CALLBACK (folder_chosen_cb), self);
}

/* What is not written down yet waits for a word: whoever opens the window wants to write a line,
 * and not the whole of the processor. Rows that were added meanwhile come after those of the last
 * time. */
static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GWeakRef *reference = user_data;
  g_autoptr (HsBatchPage) self = g_weak_ref_get (reference);
  g_autoptr (GPtrArray) entries = hs_batch_store_load_finish (result);
  gboolean is_empty = self != NULL && hs_batch_list_get (self->list, 0) == NULL;
  int n = 0;

  g_weak_ref_clear (reference);
  g_free (reference);
  /* It may have been closed meanwhile. */
  if (self == NULL)
    return;
  for (guint i = 0; i < entries->len; i++) {
    const HsBatchEntry *entry = entries->pdata[i];
    g_autoptr (GFile) file = g_file_new_for_uri (entry->address);
    HsBatchRow *row;
    if (hs_batch_list_find (self->list, file) != NULL)
      continue;
    row = hs_batch_row_new (file);
    hs_batch_row_restore (row, entry);
    gtk_list_box_insert (self->list, GTK_WIDGET (row), n++);
    if (is_empty && entry->state == HS_BATCH_WAITING)
      self->is_paused = self->is_left_over = TRUE;
  }
  self->is_loaded = TRUE;
  if (self->is_changed)
    save (self);
  hs_watch_panel_start (self->watch);
  work (self);
}

static void
pause_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  if (gtk_widget_get_sensitive (GTK_WIDGET (HS_BATCH_PAGE (widget)->pause)))
    pause_cb (HS_BATCH_PAGE (widget));
}

static void
watch_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  hs_watch_panel_toggle (HS_BATCH_PAGE (widget)->watch);
}

static void
hs_batch_page_dispose (GObject *object)
{
  HsBatchPage *self = HS_BATCH_PAGE (object);

  forget_call (self);
  hs_file_dialog_clear (&self->chooser);
  G_OBJECT_CLASS (hs_batch_page_parent_class)->dispose (object);
}

/* The list, or what fills it. */
static gboolean
hs_batch_page_grab_focus (GtkWidget *widget)
{
  return gtk_widget_child_focus (GTK_WIDGET (HS_BATCH_PAGE (widget)->stack), GTK_DIR_TAB_FORWARD);
}

static void
hs_batch_page_class_init (HsBatchPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_batch_page_dispose;
  widget_class->grab_focus = hs_batch_page_grab_focus;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/batch-page.ui");
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, stack);
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, list);
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, progress);
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, summary);
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, pause);
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, clear);
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, export);
  gtk_widget_class_bind_template_child (widget_class, HsBatchPage, watch);
  gtk_widget_class_bind_template_callback (widget_class, hs_batch_page_choose_files);
  gtk_widget_class_bind_template_callback (widget_class, pause_cb);
  gtk_widget_class_bind_template_callback (widget_class, clear_cb);
  gtk_widget_class_bind_template_callback (widget_class, found_cb);
  gtk_widget_class_bind_template_callback (widget_class, stopped_cb);
  gtk_widget_class_install_action (widget_class, "batch.remove", "s", remove_action);
  gtk_widget_class_install_action (widget_class, "batch.export", "s", export_action);
  gtk_widget_class_install_action (widget_class, "batch.pause", NULL, pause_action);
  gtk_widget_class_install_action (widget_class, "batch.watch", NULL, watch_action);
}

static void
hs_batch_page_init (HsBatchPage *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  GWeakRef *reference = g_new0 (GWeakRef, 1);

  g_type_ensure (HS_TYPE_WATCH_PANEL);
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (drop, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
  update (self);
  g_weak_ref_init (reference, self);
  hs_batch_store_load_async (loaded_cb, reference);
}

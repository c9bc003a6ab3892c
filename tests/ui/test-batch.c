/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Many recordings: their rows, the list that is kept, the folder that is watched. Needs a display;
 * skips without one. */

#include <adwaita.h>
#include <glib/gstdio.h>

#include "tests/support/folder.h"
#include "tests/ui/start.h"
#include "ui/base/program.h"
#include "ui/batch/batch-page.h"
#include "ui/batch/batch-progress.h"
#include "ui/batch/batch-row.h"
#include "ui/batch/watch-panel.h"
#include "ui/conversation/composer.h"

static void
check_gone (GtkWidget *widget)
{
  g_object_ref_sink (widget);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_object_add_weak_pointer (G_OBJECT (widget), (gpointer *) &widget);
  g_object_unref (widget);
  g_assert_null (widget);
}

static GtkWidget *
find_label (GtkWidget *widget, const char *text)
{
  GtkWidget *found = NULL;

  if (GTK_IS_LABEL (widget) && g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), text))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_label (child, text);
  return found;
}

static void
test_batch_row (void)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/nowhere/a & b.wav");
  HsBatchRow *row = hs_batch_row_new (file);

  g_assert_cmpint (hs_batch_row_get_state (row), ==, HS_BATCH_WAITING);
  g_assert_cmpuint (hs_batch_row_get_size (row), ==, 1);
  hs_batch_row_work (row, "listening", 0.5, 20);
  g_assert_cmpint (hs_batch_row_get_state (row), ==, HS_BATCH_WORKING);
  hs_batch_row_fail (row, "<broken>");
  g_assert_cmpint (hs_batch_row_get_state (row), ==, HS_BATCH_FAILED);
  check_gone (GTK_WIDGET (row));
}

/* What is done and what is left of it are found again, whatever the file says. */
static void
test_batch_entry (void)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/nowhere/a.wav");
  HsBatchRow *row = hs_batch_row_new (file);
  HsBatchEntry entry = { .state = HS_BATCH_DONE, .seconds = 65, .n_voices = 2 };
  HsBatchEntry failed = { .state = HS_BATCH_FAILED, .problem = (char *) "a <b>" };
  g_autoptr (HsBatchEntry) kept = NULL;

  hs_batch_row_restore (row, &entry);
  g_assert_cmpstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (row)), ==, "1:05 · 2 voices");
  kept = hs_batch_row_get_entry (row);
  g_assert_cmpstr (kept->address, ==, "file:///nowhere/a.wav");
  g_assert_cmpint (kept->state, ==, HS_BATCH_DONE);
  g_assert_cmpfloat (kept->seconds, ==, 65);
  g_assert_cmpuint (kept->n_voices, ==, 2);
  hs_batch_row_restore (row, &failed);
  g_assert_cmpint (hs_batch_row_get_state (row), ==, HS_BATCH_FAILED);
  check_gone (GTK_WIDGET (row));
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer entries)
{
  *(GPtrArray **) entries = hs_batch_store_load_finish (result);
}

static void
test_batch_list (void)
{
  static const char text[] = "[{\"file\": \"file:///a.wav\", \"state\": 3, \"problem\": [],"
                             " \"seconds\": \"long\", \"voices\": -1}, {\"file\": 5}, 6,"
                             " {\"file\": \"\"}, {\"file\": \"x:a%2Fb\", \"state\": \"done\"}]";
  g_autofree char *path =
      g_build_filename (g_get_user_data_dir (), "hearsay/batch/list.json", NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GPtrArray) entries = NULL;
  HsBatchEntry *entry;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  hs_batch_store_load_async (loaded_cb, &entries);
  while (entries == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (entries->len, ==, 1);
  entry = entries->pdata[0];
  g_assert_cmpstr (entry->address, ==, "file:///a.wav");
  g_assert_cmpint (entry->state, ==, HS_BATCH_WAITING);
  g_assert_cmpstr (entry->problem, ==, "");
  g_assert_cmpuint (entry->n_voices, ==, 0);
  g_assert_cmpint (g_remove (path), ==, 0);
}

/* What has no name is shown by its whole address. */
static void
test_nameless_file (void)
{
  g_autoptr (GFile) file = g_file_new_for_uri ("x:a%2Fb");
  HsBatchRow *row = hs_batch_row_new (file);
  GtkWidget *composer = g_object_new (HS_TYPE_COMPOSER, NULL);

  g_assert_cmpstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), ==, "x:a%2Fb");
  hs_composer_add_file (HS_COMPOSER (composer), file);
  g_assert_nonnull (find_label (composer, "x:a%2Fb"));
  check_gone (GTK_WIDGET (row));
  check_gone (composer);
}

/* Half of the bytes took a minute, and so does the other half. */
static void
test_batch_progress (void)
{
  HsBatchSums sums = { .n = 4,
                       .n_done = 1,
                       .bytes = 4000,
                       .done_bytes = 1000,
                       .current_bytes = 1000,
                       .work_s = 60,
                       .work_bytes = 2000,
                       .is_working = TRUE };
  g_autofree char *working = hs_batch_describe (&sums);

  g_assert_cmpfloat (hs_batch_estimate_left (&sums), ==, 60);
  g_assert_cmpfloat (hs_batch_get_fraction (&sums), ==, 0.5);
  g_assert_true (g_str_has_prefix (working, "1 of 4 · "));
  g_assert_nonnull (strstr (working, "left"));
  sums.is_paused = TRUE;
  sums.n_failed = 1;
  g_autofree char *paused = hs_batch_describe (&sums);
  g_assert_cmpstr (paused, ==, "1 of 4 · 1 could not be read · paused");
  sums.work_s = 1;
  g_assert_cmpfloat (hs_batch_estimate_left (&sums), <, 0);
  g_assert_cmpfloat (hs_batch_get_fraction (&(HsBatchSums){ 0 }), ==, 0);
}

/* What was found in a folder that is no longer watched is a recording like others. */
static void
test_watch_another (void)
{
  GSettings *settings = hs_program_get_settings (hs_program_get ());
  GtkWidget *page = g_object_new (HS_TYPE_BATCH_PAGE, NULL);
  GObject *pause = gtk_widget_get_template_child (page, HS_TYPE_BATCH_PAGE, "pause");
  GObject *list = gtk_widget_get_template_child (page, HS_TYPE_BATCH_PAGE, "list");
  GObject *watch = gtk_widget_get_template_child (page, HS_TYPE_BATCH_PAGE, "watch");
  g_autoptr (GFile) file = g_file_new_for_path ("/nowhere/one/a.wav");
  HsBatchRow *row;

  g_object_ref_sink (page);
  g_signal_emit_by_name (pause, "clicked");
  g_settings_set_boolean (settings, "watch", TRUE);
  g_settings_set_string (settings, "watch-folder", "/nowhere/one");
  hs_watch_panel_start (HS_WATCH_PANEL (watch));
  g_signal_emit_by_name (watch, "found", file);
  row = HS_BATCH_ROW (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 0));
  g_assert_true (hs_batch_row_is_watched (row));
  hs_batch_row_fail (row, "broken");
  g_settings_set_string (settings, "watch-folder", "/nowhere/other");
  hs_watch_panel_start (HS_WATCH_PANEL (watch));
  g_assert_false (hs_batch_row_is_watched (row));
  gtk_widget_activate_action (page, "batch.remove", "s", "file:///nowhere/one/a.wav");
  g_assert_null (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 0));
  g_settings_reset (settings, "watch");
  g_settings_reset (settings, "watch-folder");
  g_object_add_weak_pointer (G_OBJECT (page), (gpointer *) &page);
  g_object_unref (page);
  while (page != NULL)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = test_make_home ("batch");
  g_autoptr (HsProgram) program = NULL;
  int status;

  if (!test_init_display (&argc, &argv)) {
    test_folder_remove (folder);
    return 0;
  }
  program = hs_program_new ();
  g_test_add_func ("/ui/batch/row", test_batch_row);
  g_test_add_func ("/ui/batch/entry", test_batch_entry);
  g_test_add_func ("/ui/batch/list", test_batch_list);
  g_test_add_func ("/ui/batch/nameless", test_nameless_file);
  g_test_add_func ("/ui/batch/progress", test_batch_progress);
  g_test_add_func ("/ui/batch/watch-another", test_watch_another);
  status = g_test_run ();
  test_folder_remove (folder);
  return status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Each widget comes and goes without a trace. Needs a display; skips without one. */

#include <adwaita.h>
#include <gtksourceview/gtksource.h>

#include "tests/support/folder.h"
#include "tests/ui/labels.h"
#include "tests/ui/start.h"
#include "ui/base/program.h"
#include "ui/batch/batch-page.h"
#include "ui/conversation/composer.h"
#include "ui/conversation/message-list.h"
#include "ui/conversation/message-row.h"
#include "ui/models/models-page.h"
#include "ui/narration/narration-page.h"
#include "ui/narration/paragraph-card.h"
#include "ui/narration/script-editor.h"
#include "ui/recording/emotion-band.h"
#include "ui/recording/transcript-view.h"
#include "ui/recording/waveform.h"
#include "ui/text/code-block.h"
#include "ui/text/markdown-view.h"
#include "ui/voices/voice-dialog.h"
#include "ui/voices/voice-row.h"
#include "ui/voices/voices-page.h"

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

static void
test_code_block (void)
{
  check_gone (hs_code_block_new ("int i;", "c"));
  check_gone (hs_code_block_new ("", "no such language"));
}

static void
test_markdown_view (void)
{
  GtkWidget *view = hs_markdown_view_new ();

  hs_markdown_view_set_text (HS_MARKDOWN_VIEW (view), "a\n\n```c\nint");
  hs_markdown_view_set_text (HS_MARKDOWN_VIEW (view), "a\n\n```c\nint i;\n```\n\n- b\n\n> c");
  hs_markdown_view_set_text (HS_MARKDOWN_VIEW (view), "");
  check_gone (view);
}

static void
test_waveform (void)
{
  GtkWidget *waveform = g_object_new (HS_TYPE_WAVEFORM, NULL);

  hs_waveform_set_peaks (HS_WAVEFORM (waveform), (float[]){ 0.1f, 0.5f }, 2, 3.0);
  hs_waveform_set_position (HS_WAVEFORM (waveform), 1.0);
  hs_waveform_set_range (HS_WAVEFORM (waveform), 1.0, 2.0);
  hs_waveform_push (HS_WAVEFORM (waveform), 0.3f);
  hs_waveform_clear (HS_WAVEFORM (waveform));
  check_gone (waveform);
}

static void
test_hearing (void)
{
  GtkWidget *band = g_object_new (HS_TYPE_EMOTION_BAND, NULL);
  GtkWidget *view = g_object_new (HS_TYPE_TRANSCRIPT_VIEW, NULL);
  g_autoptr (JsonNode) json = json_from_string (
      "{\"seconds\": 2, \"language\": \"en\", \"speakers\": [{\"name\": \"A\", \"seconds\": 1}],"
      " \"segments\": [{\"start\": 0, \"end\": 1, \"text\": \"Hello.\", \"speaker\": \"A\"}]}",
      NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (AppHearing) hearing = app_hearing_new_from_json ("/a.wav", json, &error);

  g_assert_no_error (error);
  hs_emotion_band_set_hearing (HS_EMOTION_BAND (band), hearing);
  hs_transcript_view_set_hearing (HS_TRANSCRIPT_VIEW (view), hearing);
  hs_transcript_view_follow (HS_TRANSCRIPT_VIEW (view), 0.5);
  check_gone (band);
  check_gone (view);
}

/* A finding stands at its words, also when the paragraph holds Markdown; a change takes it away. */
static void
test_script_editor (void)
{
  GtkWidget *editor = g_object_new (HS_TYPE_SCRIPT_EDITOR, NULL);
  HsScriptEditor *self = HS_SCRIPT_EDITOR (g_object_ref_sink (editor));
  g_autoptr (JsonNode) json = json_from_string (
      "{\"sentences\": [{\"number\": 1, \"text\": \"One.\", \"good\": true, \"take\": \"a\"},"
      " {\"number\": 2, \"text\": \"Two words here.\", \"good\": false, \"score\": 0.5,"
      " \"take\": \"b\", \"missed\": [\"words\"], \"heard\": \"<two>\","
      " \"earlier\": [{\"number\": 1, \"good\": true}]},"
      " {\"number\": 3, \"text\": \"It left.\"}]}",
      NULL);
  g_autoptr (GString) many = g_string_new (NULL);

  g_assert_true (hs_script_editor_is_empty (self));
  hs_script_editor_set_text (self, "# One\n\n@af_bella: Two *words*\nhere.");
  g_autofree char *text = hs_script_editor_get_text (self, 0);
  g_assert_cmpstr (text, ==, "# One\n\n@af_bella: Two *words*\nhere.");
  g_assert_cmpuint (hs_script_editor_get_first_sentence (self, 1), ==, 0);
  hs_script_editor_show_report (self, json_node_get_object (json));
  g_assert_cmpuint (hs_script_editor_get_first_sentence (self, 0), ==, 1);
  g_assert_cmpuint (hs_script_editor_get_first_sentence (self, 1), ==, 2);
  g_assert_true (HS_IS_PARAGRAPH_CARD (hs_script_editor_next_finding (self)));
  hs_paragraph_card_set_text (HS_PARAGRAPH_CARD (hs_script_editor_next_finding (self)), "Else.");
  g_assert_null (hs_script_editor_next_finding (self));
  g_assert_cmpuint (hs_script_editor_get_first_sentence (self, 1), ==, 0);
  for (int i = 0; i < 500; i++)
    g_string_append_printf (many, "%sParagraph %d.", i > 0 ? "\n\n" : "", i);
  hs_script_editor_set_text (self, many->str);
  g_autofree char *all = hs_script_editor_get_text (self, 0);
  g_assert_cmpstr (all, ==, many->str);
  g_object_force_floating (G_OBJECT (editor));
  check_gone (editor);
}

/* There is something that the focus can go to, although the end of the script alone takes longer to
 * join than a slice. */
static void
test_long_script (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *editor = g_object_new (HS_TYPE_SCRIPT_EDITOR, NULL);
  g_autoptr (GString) many = g_string_new ("One.");

  for (int i = 0; i < 100000; i++)
    g_string_append_printf (many, "\n\nParagraph %d.", i);
  gtk_window_set_child (GTK_WINDOW (window), editor);
  hs_script_editor_set_text (HS_SCRIPT_EDITOR (editor), many->str);
  gtk_widget_grab_focus (editor);
  g_assert_true (GTK_IS_TEXT_VIEW (gtk_window_get_focus (GTK_WINDOW (window))));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* What is read begins at the side of its own language, with all that stands beside it. */
static void
test_text_direction (void)
{
  GtkWidget *view = hs_markdown_view_new ();
  HsMarkdownView *self = HS_MARKDOWN_VIEW (view);

  for (int i = 0; i < 2; i++) {
    const GtkTextDirection interface = i == 0 ? GTK_TEXT_DIR_LTR : GTK_TEXT_DIR_RTL;
    gtk_widget_set_default_direction (interface);
    hs_markdown_view_set_text (self, "**One**\n\n1. two\n\n- שתיים\n\n12\n\n"
                                     "| | three |\n|---|---|\n| 4 | 5 |\n\n```\nשלוש\n```");
    /* Blocks come in slices. */
    test_wait_for_label (view, "Code");
    g_assert_cmpint (test_get_direction (view, "One"), ==, GTK_TEXT_DIR_LTR);
    g_assert_cmpint (test_get_direction (view, "1."), ==, GTK_TEXT_DIR_LTR);
    g_assert_cmpint (test_get_direction (view, "•"), ==, GTK_TEXT_DIR_RTL);
    g_assert_cmpint (test_get_direction (view, "שתיים"), ==, GTK_TEXT_DIR_RTL);
    g_assert_cmpint (test_get_direction (view, "12"), ==, interface);
    g_assert_cmpint (test_get_direction (view, "4"), ==, GTK_TEXT_DIR_LTR);
    g_assert_cmpint (test_get_direction (view, "Code"), ==, GTK_TEXT_DIR_LTR);
    hs_markdown_view_set_text (self, "");
  }
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  check_gone (view);
}

/* The number of the speed stands where the row begins. */
static void
test_speed_direction (void)
{
  GtkWidget *page = g_object_new (HS_TYPE_NARRATION_PAGE, NULL);
  GObject *speed = gtk_widget_get_template_child (page, HS_TYPE_NARRATION_PAGE, "speed");

  g_assert_cmpint (gtk_scale_get_value_pos (GTK_SCALE (speed)), ==, GTK_POS_LEFT);
  gtk_widget_set_direction (GTK_WIDGET (speed), GTK_TEXT_DIR_RTL);
  g_assert_cmpint (gtk_scale_get_value_pos (GTK_SCALE (speed)), ==, GTK_POS_RIGHT);
  check_gone (page);
}

/* Pages and rows as they are before anything is there. */
static void
test_pages (void)
{
  const GType types[] = { HS_TYPE_VOICES_PAGE, HS_TYPE_BATCH_PAGE, HS_TYPE_MODELS_PAGE,
                          HS_TYPE_NARRATION_PAGE };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    check_gone (g_object_new (types[i], NULL));
}

static void
test_voice_row (void)
{
  AppVoiceEntry entry = { .attestation = (char *) "<me> & you", .revoked = (char *) "" };
  AppOwnVoice voice = { .name = (char *) "a<b", .problem = (char *) "it is < broken" };
  HsVoiceRow *row = hs_voice_row_new (&voice);

  voice.entry = &entry;
  hs_voice_row_update (row, &voice);
  entry.revoked = (char *) "2026-01-01";
  hs_voice_row_update (row, &voice);
  hs_voice_row_stop (row);
  check_gone (GTK_WIDGET (row));
}

static void
test_voice_dialog (void)
{
  HsVoiceDialog *dialog = hs_voice_dialog_new (NULL);

  g_assert_null (hs_voice_dialog_get_sentence (dialog));
  g_object_add_weak_pointer (G_OBJECT (dialog), (gpointer *) &dialog);
  gtk_window_destroy (GTK_WINDOW (dialog));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (dialog);
}

/* Files as they are dropped and pasted. */
static void
make_files (GValue *value)
{
  GSList *files = NULL;

  files = g_slist_prepend (files, g_file_new_for_path ("/nowhere/b.wav"));
  files = g_slist_prepend (files, g_file_new_for_path ("/nowhere/a.wav"));
  g_value_init (value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (value, files);
}

static void
drop (GtkWidget *widget, const GValue *value)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  gboolean is_taken = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);
    if (GTK_IS_DROP_TARGET (controller))
      g_signal_emit_by_name (controller, "drop", value, 10.0, 10.0, &is_taken);
  }
  g_assert_true (is_taken);
}

/* Files that are dropped join the list, each once. */
static void
test_batch_drop (void)
{
  GtkWidget *page = g_object_new (HS_TYPE_BATCH_PAGE, NULL);
  GObject *pause = gtk_widget_get_template_child (page, HS_TYPE_BATCH_PAGE, "pause");
  GObject *list = gtk_widget_get_template_child (page, HS_TYPE_BATCH_PAGE, "list");
  g_auto (GValue) value = G_VALUE_INIT;

  make_files (&value);
  g_signal_emit_by_name (pause, "clicked");
  drop (page, &value);
  drop (page, &value);
  g_assert_nonnull (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 1));
  g_assert_null (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 2));
  g_object_ref_sink (page);
  g_object_add_weak_pointer (G_OBJECT (page), (gpointer *) &page);
  g_object_unref (page);
  /* The list is still being written. */
  while (page != NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* Files on the clipboard become attachments. */
static void
test_paste (void)
{
  GtkWidget *composer = g_object_new (HS_TYPE_COMPOSER, NULL);
  GObject *text = gtk_widget_get_template_child (composer, HS_TYPE_COMPOSER, "text");
  GdkClipboard *clipboard = gdk_display_get_clipboard (gdk_display_get_default ());
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GListModel) files = NULL;
  g_autofree char *words = NULL;

  g_object_ref_sink (composer);
  make_files (&value);
  gdk_clipboard_set_value (clipboard, &value);
  g_signal_emit_by_name (text, "paste-clipboard");
  while (g_main_context_iteration (NULL, FALSE))
    ;
  hs_composer_take (HS_COMPOSER (composer), &words, &files);
  g_assert_cmpuint (g_list_model_get_n_items (files), ==, 2);
  g_assert_cmpstr (words, ==, "");
  g_object_force_floating (G_OBJECT (composer));
  check_gone (composer);
}

static void
test_message_row (void)
{
  g_autoptr (GPtrArray) recordings = g_ptr_array_new ();
  AppMessage message = { .id = 1,
                         .role = APP_ROLE_ASSISTANT,
                         .state = APP_MESSAGE_COMPLETE,
                         .text = (char *) "An *answer*.",
                         .recordings = recordings,
                         .evidence = (char *) "[{\"recording\": 0, \"start\": 1, \"end\": 2,"
                                              " \"text\": \"<words>\"}, 3, \"bad\","
                                              " {\"recording\": [], \"text\": 5, \"speaker\": {},"
                                              " \"start\": \"a\", \"end\": -1e300},"
                                              " {\"text\": \"\\ud800\"}]",
                         .details = (char *) "{\"timing\": {\"generated_tokens_per_s\": 9.5},"
                                             " \"thought\": \"Let me see.\"}",
                         .n_siblings = 2 };
  HsMessageRow *row = hs_message_row_new (&message);

  g_assert_cmpint (hs_message_row_get_id (row), ==, 1);
  g_assert_cmpstr (hs_message_row_get_text (row), ==, "An *answer*.");
  message.details = (char *) "{\"timing\": {\"generated_tokens_per_s\": []}, \"error\": 5,"
                             " \"context\": {\"used\": 9e18, \"size\": 1}, \"thought\": [],"
                             " \"kind\": 1e30, \"not_installed\": {}}";
  hs_message_row_update (row, &message);
  message.role = APP_ROLE_USER;
  message.evidence = (char *) "not JSON";
  message.details = NULL;
  hs_message_row_update (row, &message);
  check_gone (GTK_WIDGET (row));
}

static AppMessage *
make_message (gint64 id, const char *text)
{
  AppMessage *message = g_new0 (AppMessage, 1);

  message->id = id;
  message->parent = id - 1;
  message->role = id % 2 == 1 ? APP_ROLE_USER : APP_ROLE_ASSISTANT;
  message->state = APP_MESSAGE_COMPLETE;
  message->text = g_strdup (text);
  message->recordings = g_ptr_array_new ();
  message->n_siblings = 1;
  return message;
}

static GPtrArray *
make_messages (gint64 first, gint64 last)
{
  GPtrArray *messages = g_ptr_array_new_with_free_func ((GDestroyNotify) app_message_free);

  for (gint64 id = first; id <= last; id++)
    g_ptr_array_add (messages, make_message (id, "Some *words*."));
  return messages;
}

/* Rows come in slices, the last one at once; those that were there stay; a list that goes while
 * they come takes the rest with it. */
static void
test_message_list (void)
{
  GtkWidget *list = g_object_new (HS_TYPE_MESSAGE_LIST, NULL);
  HsMessageRow *last;

  hs_message_list_show (HS_MESSAGE_LIST (list), make_messages (2, 9));
  last = hs_message_list_find (HS_MESSAGE_LIST (list), 9);
  g_assert_nonnull (last);
  g_assert_null (hs_message_list_find (HS_MESSAGE_LIST (list), 2));
  while (hs_message_list_find (HS_MESSAGE_LIST (list), 2) == NULL)
    g_main_context_iteration (NULL, TRUE);
  hs_message_list_show (HS_MESSAGE_LIST (list), make_messages (1, 9));
  g_assert_true (hs_message_list_find (HS_MESSAGE_LIST (list), 9) == last);
  hs_message_list_begin (HS_MESSAGE_LIST (list), 50);
  hs_message_list_show (HS_MESSAGE_LIST (list), make_messages (40, 60));
  g_assert_nonnull (hs_message_list_find (HS_MESSAGE_LIST (list), 50));
  g_assert_null (hs_message_list_find (HS_MESSAGE_LIST (list), 40));
  check_gone (list);
}

static void
count_cb (GdkFrameClock *clock, guint *n)
{
  (*n)++;
}

static gboolean
wake_cb (gpointer is_over)
{
  *(gboolean *) is_over = TRUE;
  return G_SOURCE_REMOVE;
}

/* How often a window with what moves while one records is drawn in half a second. */
static guint
count_frames (gboolean has_animations)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *label = gtk_label_new ("●");
  gboolean is_over = FALSE;
  guint n = 0;

  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", has_animations, NULL);
  gtk_widget_add_css_class (label, "recording");
  gtk_window_set_child (GTK_WINDOW (window), label);
  gtk_window_present (GTK_WINDOW (window));
  for (int i = 0; i < 200 && g_main_context_pending (NULL); i++)
    g_main_context_iteration (NULL, FALSE);
  g_signal_connect (gtk_widget_get_frame_clock (window), "paint", G_CALLBACK (count_cb), &n);
  g_timeout_add (500, wake_cb, &is_over);
  while (!is_over)
    g_main_context_iteration (NULL, TRUE);
  gtk_window_destroy (GTK_WINDOW (window));
  return n;
}

static void
test_reduced_motion (void)
{
  guint moving, still;

  moving = count_frames (TRUE);
  still = count_frames (FALSE);
  g_test_message ("%u frames with motion, %u without", moving, still);
  g_assert_cmpuint (still, <=, 2);
  g_assert_cmpuint (moving, >, still);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = test_make_home ("widgets");
  g_autoptr (HsProgram) program = NULL;
  int status;

  if (!test_init_display (&argc, &argv)) {
    test_folder_remove (folder);
    return 0;
  }
  gtk_source_init ();
  test_load_style ();
  program = hs_program_new ();
  g_test_add_func ("/ui/code-block/new_destroy", test_code_block);
  g_test_add_func ("/ui/markdown-view/new_destroy", test_markdown_view);
  g_test_add_func ("/ui/waveform/new_destroy", test_waveform);
  g_test_add_func ("/ui/hearing/new_destroy", test_hearing);
  g_test_add_func ("/ui/script-editor/new_destroy", test_script_editor);
  g_test_add_func ("/ui/long-script", test_long_script);
  g_test_add_func ("/ui/text-direction", test_text_direction);
  g_test_add_func ("/ui/speed-direction", test_speed_direction);
  g_test_add_func ("/ui/pages/new_destroy", test_pages);
  g_test_add_func ("/ui/voice-row/new_destroy", test_voice_row);
  g_test_add_func ("/ui/voice-dialog/new_destroy", test_voice_dialog);
  g_test_add_func ("/ui/batch-drop", test_batch_drop);
  g_test_add_func ("/ui/paste", test_paste);
  g_test_add_func ("/ui/message-row/new_destroy", test_message_row);
  g_test_add_func ("/ui/message-list", test_message_list);
  g_test_add_func ("/ui/reduced-motion", test_reduced_motion);
  status = g_test_run ();
  test_folder_remove (folder);
  return status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The rows of a transcript: their side and their height. Needs a display; skips without one. */

#include <adwaita.h>

#include "tests/ui/labels.h"
#include "tests/ui/start.h"
#include "ui/recording/transcript-view.h"

static void
test_transcript_direction (void)
{
  GtkWidget *view = g_object_new (HS_TYPE_TRANSCRIPT_VIEW, NULL);
  GtkWidget *window = gtk_window_new ();
  g_autoptr (JsonNode) json =
      json_from_string ("{\"seconds\": 2, \"language\": \"en\", \"speakers\": [],"
                        " \"segments\": [{\"start\": 0, \"end\": 1, \"text\": \"Hello.\"},"
                        "                {\"start\": 1, \"end\": 2, \"text\": \"שלום\"}]}",
                        NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (AppHearing) hearing = app_hearing_new_from_json ("/a.wav", json, &error);

  g_assert_no_error (error);
  gtk_window_set_child (GTK_WINDOW (window), view);
  hs_transcript_view_set_hearing (HS_TRANSCRIPT_VIEW (view), hearing);
  gtk_window_set_default_size (GTK_WINDOW (window), 400, 300);
  gtk_window_present (GTK_WINDOW (window));
  test_wait_for_label (view, "שלום");
  g_assert_cmpint (test_get_direction (view, "שלום"), ==, GTK_TEXT_DIR_RTL);
  g_assert_cmpint (test_get_direction (view, "Hello."), ==, GTK_TEXT_DIR_LTR);
  gtk_window_destroy (GTK_WINDOW (window));
}

static int
get_bottom (GtkWidget *widget, GtkWidget *view)
{
  graphene_rect_t bounds;

  g_assert_true (gtk_widget_compute_bounds (widget, view, &bounds));
  return (int) (bounds.origin.y + bounds.size.height);
}

/* A transcript is as high as its rows, in a wide window and in a narrow one. */
static void
test_transcript_height (void)
{
  static const char text[] = "And so my fellow Americans, ask not what your country can do for you,"
                             " ask what you can do for your country.";
  g_autofree char *data =
      g_strdup_printf ("{\"seconds\": 2, \"language\": \"en\", \"speakers\": [], \"segments\":"
                       " [{\"start\": 0, \"end\": 1, \"text\": \"%s\"}]}",
                       text);
  g_autoptr (JsonNode) json = json_from_string (data, NULL);
  g_autoptr (AppHearing) hearing = app_hearing_new_from_json ("/a.wav", json, NULL);

  for (int width = 320; width <= 960; width *= 3) {
    GtkWidget *view = g_object_new (HS_TYPE_TRANSCRIPT_VIEW, NULL);
    GtkWidget *window = gtk_window_new ();
    GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
    gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;
    int left;

    gtk_box_append (GTK_BOX (box), view);
    gtk_window_set_child (GTK_WINDOW (window), box);
    hs_transcript_view_set_hearing (HS_TRANSCRIPT_VIEW (view), hearing);
    gtk_window_set_default_size (GTK_WINDOW (window), width, 400);
    gtk_window_present (GTK_WINDOW (window));
    test_wait_for_label (view, text);
    do {
      g_main_context_iteration (NULL, FALSE);
      left = gtk_widget_get_height (view) - get_bottom (test_find_label (view, text), view);
    } while ((left < 5 || left > 9) && g_get_monotonic_time () < end);
    g_test_message ("%d px wide: %d px high, %d px below the words", width,
                    gtk_widget_get_height (view), left);
    g_assert_cmpint (left, >=, 5);
    g_assert_cmpint (left, <=, 9);
    gtk_window_destroy (GTK_WINDOW (window));
  }
}

int
main (int argc, char **argv)
{
  if (!test_init_display (&argc, &argv))
    return 0;
  test_load_style ();
  g_test_add_func ("/ui/transcript/direction", test_transcript_direction);
  g_test_add_func ("/ui/transcript/height", test_transcript_height);
  return g_test_run ();
}

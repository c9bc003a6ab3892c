/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/narration/narration-files.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ui/base/trouble.h"

static void
tell (GtkWidget *teller, const char *text)
{
  gtk_widget_activate_action (teller, "win.tell", "s", text);
}

char *
hs_narration_get_path (const char *ending)
{
  g_autofree char *name = g_strconcat ("narration.", ending, NULL);

  return g_build_filename (g_get_user_data_dir (), "hearsay", "narrations", name, NULL);
}

char *
hs_narration_get_ending (GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);
  const char *point = name != NULL ? strrchr (name, '.') : NULL;

  return point != NULL ? g_ascii_strdown (point + 1, -1) : NULL;
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) teller = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    hs_trouble_tell (teller, error);
}

void
hs_narration_keep_script (GtkWidget *teller, const char *script)
{
  g_autofree char *path = hs_narration_get_path ("md");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GBytes) bytes = g_bytes_new (script, strlen (script));

  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_PRIVATE, NULL,
                                       kept_cb, g_object_ref (teller));
}

void
hs_narration_load_script (GAsyncReadyCallback callback, gpointer user_data)
{
  g_autofree char *path = hs_narration_get_path ("md");
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_file_load_contents_async (file, NULL, callback, user_data);
}

char *
hs_narration_load_script_finish (GAsyncResult *result)
{
  g_autoptr (GObject) file = g_async_result_get_source_object (result);
  g_autofree char *text = NULL;
  gsize length;

  if (!g_file_load_contents_finish (G_FILE (file), result, &text, &length, NULL, NULL)
      || !g_utf8_validate (text, (gssize) length, NULL))
    return NULL;
  return g_steal_pointer (&text);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) teller = user_data;
  g_autoptr (GError) error = NULL;

  if (g_file_copy_finish (G_FILE (source), result, &error))
    tell (teller, _ ("Exported"));
  else
    hs_trouble_tell (teller, error);
}

static void
subtitles_exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) teller = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_file_copy_finish (G_FILE (source), result, &error))
    hs_trouble_tell (teller, error);
}

static void
copy (GtkWidget *teller, const char *ending, GFile *to, GAsyncReadyCallback callback)
{
  g_autofree char *path = hs_narration_get_path (ending);
  g_autoptr (GFile) from = g_file_new_for_path (path);

  g_file_copy_async (from, to, G_FILE_COPY_OVERWRITE, G_PRIORITY_DEFAULT, NULL, NULL, NULL,
                     callback, g_object_ref (teller));
}

void
hs_narration_export (GtkWidget *teller, GFile *target)
{
  g_autofree char *ending = hs_narration_get_ending (target);

  copy (teller, ending, target, exported_cb);
}

void
hs_narration_export_subtitles (GtkWidget *teller, GFile *target)
{
  g_autoptr (GFile) folder = g_file_get_parent (target);
  g_autofree char *stem = g_file_get_basename (target);
  g_autofree char *name = NULL;
  g_autoptr (GFile) file = NULL;

  *strrchr (stem, '.') = '\0';
  name = g_strconcat (stem, ".srt", NULL);
  file = g_file_get_child (folder, name);
  copy (teller, "srt", file, subtitles_exported_cb);
}

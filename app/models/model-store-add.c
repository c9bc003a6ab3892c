/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Models of the user's own. */

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/models/model-store-private.h"
#include "llm/decoder/model.h"

#define CHUNK_BYTES (1 << 20)

/* (transfer full): an id out of the name of a file or address; APP_ERROR_ARGUMENT if nothing is
 * left of it. */
static char *
id_from_name (const char *file_or_url, GError **error)
{
  g_autofree char *name = g_path_get_basename (file_or_url);
  name[strcspn (name, "?#")] = '\0';
  if (g_str_has_suffix (name, ".gguf"))
    name[strlen (name) - strlen (".gguf")] = '\0';
  g_autofree char *id = g_ascii_strdown (name, -1);
  g_strcanon (id, G_CSET_a_2_z G_CSET_DIGITS "._-", '-');
  const char *start = id + strspn (id, "._-");
  if (app_model_id_is_valid (start))
    return g_strdup (start);
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s: no name for a model can be made of it",
               file_or_url);
  return NULL;
}

static gboolean
write_all (int fd, const guchar *data, gsize n_bytes)
{
  while (n_bytes > 0) {
    gssize n = write (fd, data, n_bytes);
    if (n < 0 && errno != EINTR)
      return FALSE;
    data += MAX (n, 0);
    n_bytes -= (gsize) MAX (n, 0);
  }
  return TRUE;
}

/* FALSE: errno says why, or it was cancelled, with an error. */
static gboolean
copy_bytes (int from, int to, AppInstallProgress *progress, const AppInstallContext *context,
            GError **error)
{
  g_autofree guchar *chunk = g_malloc (CHUNK_BYTES);
  for (;;) {
    gssize n = read (from, chunk, CHUNK_BYTES);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return n == 0 && fsync (to) == 0;
    if (!write_all (to, chunk, (gsize) n) || app_install_is_cancelled (context, error))
      return FALSE;
    progress->n_done += (guint64) n;
    app_install_report (context, progress);
  }
}

static gboolean
copy_file (const char *file, const char *to, const char *id, const AppInstallContext *context,
           GError **error)
{
  struct stat info;
  int in = open (file, O_RDONLY | O_CLOEXEC);
  if (in < 0 || fstat (in, &info) != 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "cannot read %s: %s", file,
                 g_strerror (errno));
    if (in >= 0)
      close (in);
    return FALSE;
  }
  g_autofree char *folder = g_path_get_dirname (to);
  AppInstallProgress progress = { .stage = APP_INSTALL_FETCHING,
                                  .id = id,
                                  .n_total = (guint64) info.st_size };
  gboolean ok = app_check_free_disk (folder, id, progress.n_total, error);
  int out = ok ? open (to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
  ok = out >= 0 && copy_bytes (in, out, &progress, context, error);
  if (!ok && error != NULL && *error == NULL)
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot copy %s to %s: %s", file, to,
                 g_strerror (errno));
  if (out >= 0)
    close (out);
  close (in);
  return ok;
}

/* The same file under another name if both are on one disk, else a copy. */
static gboolean
bring_file (const char *file, const char *to, const char *id, const AppInstallContext *context,
            GError **error)
{
  g_autofree char *real = g_canonicalize_filename (file, NULL);
  if (!g_file_test (real, G_FILE_TEST_IS_REGULAR)) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "there is no file %s", file);
    return FALSE;
  }
  g_unlink (to);
  gboolean is_link = g_file_test (real, G_FILE_TEST_IS_SYMLINK);
  if (!is_link && link (real, to) == 0)
    return TRUE;
  return copy_file (real, to, id, context, error);
}

/* Whether the program runs it, judged by its directory alone: no weight is read. */
static gboolean
check_model (const char *path, char **title, GError **error)
{
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, error);
  if (gguf == NULL || !llm_model_check (gguf, error))
    return FALSE;
  const char *name = nn_gguf_has_key (gguf, "general.name")
                         ? nn_gguf_get_string (gguf, "general.name", NULL)
                         : NULL;
  *title = g_strdup (name != NULL ? name : "");
  return TRUE;
}

/* A file that is what the catalogue offers is that model, whatever its name. Without a sha256: the
 * entry that it could be by its size. */
static const AppCatalogueEntry *
find_in_catalogue (const AppModelStore *store, const char *path, const char *sha256)
{
  struct stat info;
  for (guint i = 0; i < app_catalogue_get_n_entries (store->catalogue); i++) {
    const AppCatalogueEntry *entry = app_catalogue_get_entry (store->catalogue, i);
    gboolean has_size = stat (path, &info) == 0 && (guint64) info.st_size == entry->n_bytes;
    if (has_size && (sha256 == NULL || g_str_equal (entry->sha256, sha256)))
      return entry;
  }
  return NULL;
}

/* Errors name the file that was checked; the user knows it by where it came from. */
static void
propagate_renamed (GError **error, GError *inner, const char *path, const char *from)
{
  g_autoptr (GString) message = g_string_new (inner->message);
  g_string_replace (message, path, from, 0);
  g_set_error_literal (error, inner->domain, inner->code, message->str);
}

static gboolean
note_added (AppModelStore *store, const char *id, const char *title, const char *from,
            const char *sha256, GError **error)
{
  struct stat info;
  g_autofree char *path = app_model_store_file (store, id);
  g_autoptr (GPtrArray) added = app_added_models_read (store, error);
  if (added == NULL)
    return FALSE;
  AppAddedModel *model = g_new0 (AppAddedModel, 1);
  model->id = g_strdup (id);
  model->title = g_utf8_make_valid (title, -1);
  model->from = g_utf8_make_valid (from, -1);
  model->sha256 = g_strdup (sha256);
  model->n_bytes = stat (path, &info) == 0 ? (guint64) info.st_size : 0;
  g_ptr_array_add (added, model);
  return app_added_models_write (store, added, error);
}

/* From the partial file to the store: (transfer full) the id under which it is there. */
static char *
take_in (AppModelStore *store, const char *partial, const char *id, const char *from,
         const AppInstallContext *context, GError **error)
{
  g_autofree char *title = NULL;
  g_autoptr (GError) inner = NULL;
  gboolean is_chat = check_model (partial, &title, &inner);
  if (!is_chat && find_in_catalogue (store, partial, NULL) == NULL) {
    propagate_renamed (error, inner, partial, from);
    return NULL;
  }
  g_autofree char *sha256 = app_file_sha256 (partial, id, context, error);
  if (sha256 == NULL)
    return NULL;
  const AppCatalogueEntry *entry = find_in_catalogue (store, partial, sha256);
  if (!is_chat && entry == NULL) {
    propagate_renamed (error, inner, partial, from);
    return NULL;
  }
  const char *target = entry != NULL ? entry->id : id;
  if (entry == NULL
      && (app_model_store_has (store, target)
          || app_catalogue_find (store->catalogue, target) != NULL)) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "another model is called %s already; rename the file", target);
    return NULL;
  }
  g_autofree char *path = app_model_store_file (store, target);
  if (!app_rename_durably (partial, path, error))
    return NULL;
  if (entry == NULL && !note_added (store, target, title, from, sha256, error)) {
    g_unlink (path);
    return NULL;
  }
  return g_strdup (target);
}

char *
app_model_store_add (AppModelStore *store, const char *file_or_url,
                     const AppInstallContext *context, GError **error)
{
  gboolean is_url = strstr (file_or_url, "://") != NULL;
  g_autofree char *id = id_from_name (file_or_url, error);
  if (id == NULL || !app_model_store_make_folders (store, error))
    return NULL;
  g_autoptr (AppStoreLock) lock = app_store_lock_new (store, context, error);
  if (lock == NULL)
    return NULL;
  g_autofree char *partial =
      g_strdup_printf ("%s/.staging/%s.%s", store->folder, id, is_url ? "download" : "partial");
  gboolean ok = is_url ? app_download (file_or_url, partial, id, 0, context, error)
                       : bring_file (file_or_url, partial, id, context, error);
  char *added = ok ? take_in (store, partial, id, file_or_url, context, error) : NULL;
  /* A beginning is gone on with the next time. Also of what was added something may be left: two
   * names of one file are not made one by renaming. */
  if (ok || !is_url)
    g_unlink (partial);
  return added;
}

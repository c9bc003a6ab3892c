/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Installing, verifying and removing models of the catalogue. */

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/base/data-files.h"
#include "app/models/model-store-private.h"

#define POLL_MS 50
#define EXIT_NO_INTERPRETER 127

/* tools/models at work: it writes one JSON object per line on its stdout (tools/fetch/report.py).
 */
typedef struct {
  const char *id;
  const AppInstallContext *context;
  GPid pid;
  int fd;
  GString *line;
  GError *error; /* what the tool said went wrong */
  gboolean is_done;
} Tool;

static AppError
error_of_kind (const char *kind)
{
  if (g_strcmp0 (kind, "checksum") == 0)
    return APP_ERROR_CHECKSUM;
  if (g_strcmp0 (kind, "disk") == 0)
    return APP_ERROR_DISK;
  if (g_strcmp0 (kind, "catalogue") == 0)
    return APP_ERROR_CATALOGUE;
  return APP_ERROR_DOWNLOAD;
}

static guint64
get_size (JsonObject *object, const char *member)
{
  return (guint64) MAX (json_object_get_int_member_with_default (object, member, 0), 0);
}

static void
read_event (Tool *tool, JsonObject *object)
{
  const char *event = json_object_get_string_member_with_default (object, "event", "");
  AppInstallProgress progress = { .id = tool->id,
                                  .n_done = get_size (object, "done"),
                                  .n_total = get_size (object, "total") };
  if (g_str_equal (event, "done")) {
    tool->is_done = TRUE;
    return;
  }
  if (g_str_equal (event, "error")) {
    const char *kind = json_object_get_string_member_with_default (object, "kind", "");
    const char *message = json_object_get_string_member_with_default (object, "message", "");
    g_clear_error (&tool->error);
    g_set_error (&tool->error, APP_ERROR, error_of_kind (kind), "%s", message);
    return;
  }
  if (g_str_equal (event, "waiting")) {
    progress.stage = APP_INSTALL_WAITING;
    progress.detail = json_object_get_string_member_with_default (object, "holder", NULL);
  } else if (g_str_equal (event, "fetching")) {
    progress.stage = APP_INSTALL_FETCHING;
  } else if (g_str_equal (event, "converting")) {
    progress.stage = APP_INSTALL_CONVERTING;
  } else {
    progress.stage = APP_INSTALL_NOTE;
    progress.detail = json_object_get_string_member_with_default (object, "text", NULL);
  }
  app_install_report (tool->context, &progress);
}

static void
read_line (Tool *tool, const char *line)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, line, -1, NULL))
    return;
  JsonNode *root = json_parser_get_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    read_event (tool, json_node_get_object (root));
}

static void
take_lines (Tool *tool, const char *data, gsize n_bytes)
{
  for (gsize i = 0; i < n_bytes; i++) {
    if (data[i] != '\n') {
      g_string_append_c (tool->line, data[i]);
      continue;
    }
    read_line (tool, tool->line->str);
    g_string_truncate (tool->line, 0);
  }
}

/* Until the tool closes its output. When cancelled, asks it once to stop: it keeps what has arrived
 * and ends its own children. */
static void
follow (Tool *tool)
{
  gboolean asked = FALSE;
  char data[4096];
  for (;;) {
    struct pollfd wait = { .fd = tool->fd, .events = POLLIN };
    int n_ready = poll (&wait, 1, POLL_MS);
    if (!asked && app_install_is_cancelled (tool->context, NULL)) {
      kill (tool->pid, SIGINT);
      asked = TRUE;
    }
    if (n_ready <= 0)
      continue;
    gssize n = read (tool->fd, data, sizeof data);
    if (n > 0)
      take_lines (tool, data, (gsize) n);
    else if (n == 0 || errno != EINTR)
      return;
  }
}

static gboolean
start_tool (Tool *tool, const AppModelStore *store, GError **error)
{
  g_autofree char *program =
      store->tool != NULL ? g_strdup (store->tool) : app_data_file_find ("tools/models", error);
  if (program == NULL)
    return FALSE;
  const char *argv[] = { program,       "install",
                         tool->id,      "--json",
                         "--store",     store->folder,
                         "--catalogue", app_catalogue_get_path (store->catalogue),
                         NULL };
  g_autoptr (GError) inner = NULL;
  if (g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                &tool->pid, NULL, &tool->fd, NULL, &inner))
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_DOWNLOAD, "cannot run %s: %s", program, inner->message);
  return FALSE;
}

static gboolean
install_packages (AppModelStore *store, const char *id, const AppInstallContext *context,
                  GError **error)
{
  Tool tool = { .id = id, .context = context, .fd = -1 };
  if (!start_tool (&tool, store, error))
    return FALSE;
  tool.line = g_string_new (NULL);
  follow (&tool);
  close (tool.fd);
  int status = 0;
  while (waitpid (tool.pid, &status, 0) < 0 && errno == EINTR)
    ;
  g_string_free (tool.line, TRUE);
  g_autoptr (GError) said = g_steal_pointer (&tool.error);
  if (tool.is_done && WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return TRUE;
  if (app_install_is_cancelled (context, error))
    return FALSE;
  if (said != NULL)
    g_propagate_error (error, g_steal_pointer (&said));
  else if (WIFEXITED (status) && WEXITSTATUS (status) == EXIT_NO_INTERPRETER)
    g_set_error (error, APP_ERROR, APP_ERROR_DOWNLOAD,
                 "%s comes in packages, which need python3; run: apt-get install python3-pip", id);
  else
    g_set_error (error, APP_ERROR, APP_ERROR_DOWNLOAD, "the installation of %s broke off", id);
  return FALSE;
}

/* Whether the partial file is all of the model: the program was stopped while it was checked. */
static gboolean
is_whole (const char *partial, const AppCatalogueEntry *entry, const AppInstallContext *context)
{
  struct stat info;
  if (stat (partial, &info) != 0 || (guint64) info.st_size != entry->n_bytes)
    return FALSE;
  g_autofree char *sha256 = app_file_sha256 (partial, entry->id, context, NULL);
  return g_strcmp0 (sha256, entry->sha256) == 0;
}

/* The file itself from an address, whole and right, to its place. */
static gboolean
install_from_url (AppModelStore *store, const AppCatalogueEntry *entry,
                  const AppInstallContext *context, GError **error)
{
  if (!app_model_store_make_folders (store, error))
    return FALSE;
  g_autoptr (AppStoreLock) lock = app_store_lock_new (store, context, error);
  if (lock == NULL)
    return FALSE;
  if (app_model_store_has_whole (store, entry))
    return TRUE;
  g_autofree char *partial = g_strdup_printf ("%s/.staging/%s.download", store->folder, entry->id);
  g_autofree char *path = app_model_store_file (store, entry->id);
  if (is_whole (partial, entry, context))
    return app_rename_durably (partial, path, error);
  /* Before anything is asked for anew: what could not be looked at to its end is still there. */
  if (app_install_is_cancelled (context, error))
    return FALSE;
  if (!app_download (entry->url, partial, entry->id, entry->n_bytes, context, error))
    return FALSE;
  g_autofree char *sha256 = app_file_sha256 (partial, entry->id, context, error);
  if (sha256 == NULL)
    return FALSE;
  if (!g_str_equal (sha256, entry->sha256)) {
    g_unlink (partial);
    g_set_error (error, APP_ERROR, APP_ERROR_CHECKSUM, "%s: sha256 %s, expected %s", entry->url,
                 sha256, entry->sha256);
    return FALSE;
  }
  return app_rename_durably (partial, path, error);
}

gboolean
app_model_store_has_whole (const AppModelStore *store, const AppCatalogueEntry *entry)
{
  struct stat info;
  g_autofree char *path = app_model_store_file (store, entry->id);
  return stat (path, &info) == 0 && S_ISREG (info.st_mode)
         && (guint64) info.st_size == entry->n_bytes;
}

/* What has arrived is kept, so that it pays to try again. */
static void
propagate_with_advice (GError **error, GError *inner, const char *id)
{
  gboolean has_advice = strstr (inner->message, "run: ") != NULL;
  g_propagate_error (error, inner);
  if (!has_advice && error != NULL && g_error_matches (*error, APP_ERROR, APP_ERROR_DOWNLOAD)) {
    g_autofree char *message =
        g_strdup_printf ("%s; to try again, run: hearsay models install %s", (*error)->message, id);
    g_free ((*error)->message);
    (*error)->message = g_steal_pointer (&message);
  }
}

gboolean
app_model_store_install (AppModelStore *store, const char *id, const AppInstallContext *context,
                         GError **error)
{
  const AppCatalogueEntry *entry = app_catalogue_find (store->catalogue, id);
  if (entry == NULL) {
    g_set_error (error, APP_ERROR, APP_ERROR_CATALOGUE,
                 "the catalogue has no model %s; see: hearsay models list", id);
    return FALSE;
  }
  if (app_model_store_has_whole (store, entry))
    return TRUE;
  if (!app_model_store_make_folders (store, error))
    return FALSE;
  g_autoptr (GError) inner = NULL;
  if (entry->has_packages && install_packages (store, id, context, &inner))
    return TRUE;
  gboolean try_url = entry->url != NULL
                     && (inner == NULL || g_error_matches (inner, APP_ERROR, APP_ERROR_DOWNLOAD));
  if (try_url && inner != NULL) {
    g_autofree char *note = g_strdup_printf ("%s; trying %s", inner->message, entry->url);
    app_install_report (
        context, &(AppInstallProgress){ .stage = APP_INSTALL_NOTE, .id = id, .detail = note });
  }
  if (try_url) {
    g_clear_error (&inner);
    if (install_from_url (store, entry, context, &inner))
      return TRUE;
  }
  propagate_with_advice (error, g_steal_pointer (&inner), id);
  return FALSE;
}

/* (transfer full): what the model's bytes must hash to; NULL if nobody knows the model. */
static char *
expected_sha256 (AppModelStore *store, const char *id, GError **error)
{
  const AppCatalogueEntry *entry = app_catalogue_find (store->catalogue, id);
  if (entry != NULL)
    return g_strdup (entry->sha256);
  g_autoptr (GPtrArray) added = app_added_models_read (store, error);
  if (added == NULL)
    return NULL;
  const AppAddedModel *own = app_added_models_find (added, id);
  if (own != NULL)
    return g_strdup (own->sha256);
  g_set_error (error, APP_ERROR, APP_ERROR_CATALOGUE,
               "no model is called %s; see: hearsay models list", id);
  return NULL;
}

gboolean
app_model_store_verify (AppModelStore *store, const char *id, const AppInstallContext *context,
                        GError **error)
{
  g_autofree char *expected = expected_sha256 (store, id, error);
  if (expected == NULL)
    return FALSE;
  g_autofree char *path = app_model_store_get_path (store, id, error);
  if (path == NULL)
    return FALSE;
  g_autofree char *found = app_file_sha256 (path, id, context, error);
  if (found == NULL)
    return FALSE;
  if (g_str_equal (found, expected))
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_CHECKSUM,
               "%s is damaged: sha256 %s, expected %s; run: hearsay models remove %s, then install "
               "it again",
               id, found, expected, id);
  return FALSE;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) folder =
      g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    remove_tree (child);
  }
  g_remove (path);
}

/* What a broken download left. */
static gboolean
remove_staging (AppModelStore *store, const char *id)
{
  static const char *const suffixes[] = { "", ".partial", ".download", ".download.source" };
  gboolean found = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *path = g_strdup_printf ("%s/.staging/%s%s", store->folder, id, suffixes[i]);
    found = found || g_file_test (path, G_FILE_TEST_EXISTS);
    remove_tree (path);
  }
  return found;
}

static gboolean
forget_added (AppModelStore *store, const char *id, gboolean *found, GError **error)
{
  g_autoptr (GPtrArray) added = app_added_models_read (store, error);
  if (added == NULL)
    return FALSE;
  const AppAddedModel *own = app_added_models_find (added, id);
  *found = own != NULL;
  if (own == NULL)
    return TRUE;
  g_ptr_array_remove (added, (gpointer) own);
  return app_added_models_write (store, added, error);
}

gboolean
app_model_store_remove (AppModelStore *store, const char *id, const AppInstallContext *context,
                        GError **error)
{
  gboolean was_added = FALSE;
  if (!app_model_id_is_valid (id) || !g_file_test (store->folder, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED, "%s is not installed", id);
    return FALSE;
  }
  g_autoptr (AppStoreLock) lock = app_store_lock_new (store, context, error);
  if (lock == NULL || !forget_added (store, id, &was_added, error))
    return FALSE;
  g_autofree char *path = app_model_store_file (store, id);
  gboolean was_staged = remove_staging (store, id);
  if (g_unlink (path) == 0 || (errno == ENOENT && (was_added || was_staged)))
    return TRUE;
  if (errno == ENOENT)
    g_set_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED, "%s is not installed", id);
  else
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot remove %s: %s", path,
                 g_strerror (errno));
  return FALSE;
}

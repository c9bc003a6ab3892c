/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay models: what is there, and how it comes and goes. */

#include "app/base/json-write.h"
#include "app/cli/commands.h"
#include "app/models/description.h"

#include <string.h>

#include "app/cli/terminal.h"
#include "app/models/model-store.h"

/* Everything that an action needs. */
typedef struct {
  AppCliOptions options;
  const char *set;
  AppModelStore *store;
  char **ids; /* what follows the action's name */
  int n_ids;
  atomic_bool cancel;
  AppInstallContext context;

  AppProgress *progress;
  AppInstallStage stage;
  char *shown_id;
  gint64 stage_start_us;
  guint64 n_before; /* bytes that were there when the stage began */
} Models;

static const char *
stage_name (AppInstallStage stage)
{
  switch (stage) {
  case APP_INSTALL_FETCHING:
    return "Fetching";
  case APP_INSTALL_CONVERTING:
    return "Converting";
  case APP_INSTALL_CHECKING:
    return "Checking";
  default:
    return "";
  }
}

/* A line says which model it is; the bar below it needs its room for itself. */
static void
show_stage (Models *models, const AppInstallProgress *p)
{
  if (p->stage == APP_INSTALL_FETCHING && g_strcmp0 (models->shown_id, p->id) != 0) {
    g_autofree char *size = g_format_size (p->n_total);
    app_progress_erase (models->progress);
    if (p->n_total > 0)
      app_cli_note (&models->options, "%s: fetching %s", p->id, size);
    else
      app_cli_note (&models->options, "%s: fetching", p->id);
  }
  models->stage = p->stage;
  models->stage_start_us = g_get_monotonic_time ();
  models->n_before = p->n_done;
  g_free (models->shown_id);
  models->shown_id = g_strdup (p->id);
  if (models->progress == NULL)
    models->progress = app_progress_new (stage_name (p->stage), models->options.quiet);
  else
    app_progress_set_label (models->progress, stage_name (p->stage));
}

/* "412 MB of 1.1 GB, 38 MB/s" */
static char *
format_amount (const Models *models, const AppInstallProgress *p)
{
  double elapsed = (double) (g_get_monotonic_time () - models->stage_start_us) / 1e6;
  double rate = (double) (p->n_done - MIN (models->n_before, p->n_done)) / MAX (elapsed, 0.1);
  g_autofree char *done = g_format_size (p->n_done);
  g_autofree char *total = g_format_size (p->n_total);
  g_autofree char *speed = g_format_size ((guint64) rate);
  if (p->n_total == 0)
    return g_strdup_printf ("%s, %s/s", done, speed);
  return g_strdup_printf ("%s of %s, %s/s", done, total, speed);
}

static void
on_progress (const AppInstallProgress *p, gpointer user_data)
{
  Models *models = user_data;
  if (p->stage == APP_INSTALL_WAITING || p->stage == APP_INSTALL_NOTE) {
    app_progress_erase (models->progress);
    if (p->stage == APP_INSTALL_WAITING)
      app_cli_note (&models->options, "another installer is at work (%s); waiting for it",
                    p->detail);
    else
      app_cli_note (&models->options, "%s: %s", p->id, p->detail);
    return;
  }
  if (models->shown_id == NULL || models->stage != p->stage
      || !g_str_equal (models->shown_id, p->id))
    show_stage (models, p);
  g_autofree char *amount = format_amount (models, p);
  app_progress_set_detail (models->progress, amount);
  app_progress_set (models->progress,
                    p->n_total > 0 ? (double) p->n_done / (double) p->n_total : 0.0);
}

static void
end_progress (Models *models)
{
  g_clear_pointer (&models->progress, app_progress_free);
  g_clear_pointer (&models->shown_id, g_free);
}

static void
print_list_json (Models *models, GPtrArray *list)
{
  g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();
  json_builder_begin_object (builder);
  app_json_add_string (builder, "folder", app_model_store_get_folder (models->store));
  json_builder_set_member_name (builder, "models");
  json_builder_begin_array (builder);
  for (guint i = 0; i < list->len; i++)
    app_model_build_json (g_ptr_array_index (list, i), builder);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  app_cli_print_json (builder);
}

static int
run_list (Models *models, GError **error)
{
  g_autoptr (GPtrArray) list = app_model_store_list (models->store, error);
  if (list == NULL)
    return APP_EXIT_FAILED;
  if (models->options.json) {
    print_list_json (models, list);
    return APP_EXIT_OK;
  }
  int width = 0, task_width = 0;
  for (guint i = 0; i < list->len; i++) {
    const AppModel *model = g_ptr_array_index (list, i);
    width = MAX (width, (int) strlen (model->id));
    task_width = MAX (task_width, (int) strlen (app_task_name (model->task)));
  }
  for (guint i = 0; i < list->len; i++) {
    const AppModel *model = g_ptr_array_index (list, i);
    g_autofree char *size = g_format_size (model->n_bytes);
    app_cli_printf ("%-*s  %-*s  %9s  %-13s  %s%s\n", width, model->id, task_width,
                    app_task_name (model->task), size,
                    model->is_installed ? "installed" : "not installed", model->title,
                    model->is_default ? " (default)" : "");
  }
  g_autofree char *folder = app_json_display (app_model_store_get_folder (models->store));
  app_cli_printf ("\nModels are in %s\n", folder);
  return APP_EXIT_OK;
}

/* (transfer full): the ids that were given, or those of a set. */
static GPtrArray *
choose_ids (Models *models)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  for (int i = 0; i < models->n_ids; i++)
    g_ptr_array_add (ids, g_strdup (models->ids[i]));
  const AppCatalogue *catalogue = app_model_store_get_catalogue (models->store);
  for (guint i = 0; models->n_ids == 0 && i < app_catalogue_get_n_entries (catalogue); i++) {
    const AppCatalogueEntry *entry = app_catalogue_get_entry (catalogue, i);
    if (g_str_equal (entry->set, models->set))
      g_ptr_array_add (ids, g_strdup (entry->id));
  }
  return ids;
}

static void
print_ids (Models *models, const char *verb, GPtrArray *ids)
{
  if (!models->options.json) {
    for (guint i = 0; i < ids->len; i++)
      app_cli_printf ("%s: %s\n", (const char *) g_ptr_array_index (ids, i), verb);
    return;
  }
  g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, verb);
  json_builder_begin_array (builder);
  for (guint i = 0; i < ids->len; i++)
    json_builder_add_string_value (builder, g_ptr_array_index (ids, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  app_cli_print_json (builder);
}

static int
run_install (Models *models, GError **error)
{
  g_autoptr (GPtrArray) ids = choose_ids (models);
  if (ids->len == 0)
    return app_cli_usage ("no set is called %s", models->set);
  for (guint i = 0; i < ids->len; i++)
    if (!app_model_store_install (models->store, g_ptr_array_index (ids, i), &models->context,
                                  error))
      return APP_EXIT_FAILED;
  end_progress (models);
  print_ids (models, "installed", ids);
  return APP_EXIT_OK;
}

/* (transfer full): the ids that were given, or all that are installed. */
static GPtrArray *
choose_installed (Models *models, GError **error)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  for (int i = 0; i < models->n_ids; i++)
    g_ptr_array_add (ids, g_strdup (models->ids[i]));
  if (models->n_ids > 0)
    return ids;
  g_autoptr (GPtrArray) list = app_model_store_list (models->store, error);
  if (list == NULL) {
    g_ptr_array_unref (ids);
    return NULL;
  }
  for (guint i = 0; i < list->len; i++) {
    const AppModel *model = g_ptr_array_index (list, i);
    if (model->is_installed)
      g_ptr_array_add (ids, g_strdup (model->id));
  }
  return ids;
}

static int
run_verify (Models *models, GError **error)
{
  g_autoptr (GPtrArray) ids = choose_installed (models, error);
  if (ids == NULL)
    return APP_EXIT_FAILED;
  for (guint i = 0; i < ids->len; i++)
    if (!app_model_store_verify (models->store, g_ptr_array_index (ids, i), &models->context,
                                 error))
      return APP_EXIT_FAILED;
  end_progress (models);
  print_ids (models, "verified", ids);
  return APP_EXIT_OK;
}

static int
run_remove (Models *models, GError **error)
{
  if (models->n_ids == 0)
    return app_cli_usage ("remove which model? (see hearsay models list)");
  g_autoptr (GPtrArray) ids = choose_ids (models);
  for (guint i = 0; i < ids->len; i++)
    if (!app_model_store_remove (models->store, g_ptr_array_index (ids, i), &models->context,
                                 error))
      return APP_EXIT_FAILED;
  print_ids (models, "removed", ids);
  return APP_EXIT_OK;
}

static int
run_add (Models *models, GError **error)
{
  if (models->n_ids == 0)
    return app_cli_usage ("add which file or address?");
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  for (int i = 0; i < models->n_ids; i++) {
    char *id = app_model_store_add (models->store, models->ids[i], &models->context, error);
    if (id == NULL)
      return APP_EXIT_FAILED;
    g_ptr_array_add (ids, id);
  }
  end_progress (models);
  print_ids (models, "added", ids);
  return APP_EXIT_OK;
}

/* Without an id: which it is. */
static int
run_default (Models *models, GError **error)
{
  if (models->n_ids > 1)
    return app_cli_usage ("only one model can be the default");
  if (models->n_ids == 1 && !app_model_store_set_default (models->store, models->ids[0], error))
    return APP_EXIT_FAILED;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (ids, app_model_store_get_default (models->store, APP_TASK_CHAT));
  print_ids (models, "default", ids);
  return APP_EXIT_OK;
}

static const struct {
  const char *name;
  int (*run) (Models *models, GError **error);
} actions[] = {
  { "list", run_list },     { "install", run_install }, { "verify", run_verify },
  { "remove", run_remove }, { "add", run_add },         { "default", run_default },
};

static int
run_action (Models *models)
{
  const char *name = models->options.n_arguments > 0 ? models->options.arguments[0] : "list";
  models->ids = models->options.n_arguments > 0 ? models->options.arguments + 1 : NULL;
  models->n_ids = MAX (models->options.n_arguments - 1, 0);
  models->context = (AppInstallContext){ on_progress, models, &models->cancel };
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++) {
    if (!g_str_equal (actions[i].name, name))
      continue;
    g_autoptr (AppModelStore) store = app_model_store_new (NULL, &error);
    if (store == NULL)
      return app_cli_fail (error);
    models->store = store;
    app_cli_watch_interrupt (&models->cancel);
    int status = actions[i].run (models, &error);
    end_progress (models);
    app_cli_watch_interrupt (NULL);
    return error != NULL ? app_cli_fail (error) : status;
  }
  return app_cli_usage ("models can list, install, verify, remove, add and default, not “%s”",
                        name);
}

int
app_command_models (int argc, char **argv)
{
  g_auto (AppCliOptions) options = { 0 };
  g_autofree char *set = NULL;
  const GOptionEntry entries[] = {
    { "set", 0, 0, G_OPTION_ARG_STRING, &set,
      "What install without an ID installs (default, test, extra)", "NAME" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  int status;
  if (!app_cli_parse (argc, argv, entries, &options, &status))
    return status;
  Models models = { .options = options, .set = set != NULL ? set : "default" };
  return run_action (&models);
}

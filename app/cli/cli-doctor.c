/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay doctor: what the program finds on this machine, for people and for reports of errors. */

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>
#include <sqlite3.h>

#include "app/base/json-write.h"
#include "app/cli/cli-devices.h"
#include "app/cli/commands.h"
#include "app/models/advice.h"
#include "app/models/machine.h"
#include "app/models/model-store.h"
#include "audio/base/libraries.h"
#include "nn/ops/context.h"

typedef struct {
  char *cpu_name;
  char **features;
  int n_cores;
  int n_threads;
  const char *kernels;
  AppMemory memory;
  GPtrArray *advice;
  AppModelStore *store; /* NULL: store_error */
  GPtrArray *models;    /* NULL: store_error */
  GError *store_error;
  GPtrArray *devices; /* NULL: device_error */
  GError *device_error;
  char *versions[3]; /* glib, json-glib, libsoup */
} Report;

static void
report_clear (Report *report)
{
  g_free (report->cpu_name);
  g_strfreev (report->features);
  app_model_store_free (report->store);
  g_clear_pointer (&report->models, g_ptr_array_unref);
  g_clear_pointer (&report->advice, g_ptr_array_unref);
  g_clear_pointer (&report->devices, g_ptr_array_unref);
  g_clear_error (&report->store_error);
  g_clear_error (&report->device_error);
  for (guint i = 0; i < G_N_ELEMENTS (report->versions); i++)
    g_free (report->versions[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Report, report_clear)

/* What would make it faster; the chat model is what takes most memory. */
static void
advise (Report *report)
{
  AppFacts facts;
  app_advice_look ("", &facts);
  facts.n_threads = report->n_threads;
  facts.kernels = report->kernels;
  facts.best_kernels = nn_kernels_choose (NULL)->name;
  for (guint i = 0; report->models != NULL && i < report->models->len; i++) {
    const AppModel *model = g_ptr_array_index (report->models, i);
    if (model->task == APP_TASK_CHAT && model->is_installed && model->is_default) {
      facts.model = model->id;
      facts.model_bytes = model->memory_bytes;
    }
  }
  report->advice = app_advice_find (&facts);
}

static void
look (Report *report, int n_threads)
{
  report->cpu_name = app_machine_get_cpu_name ();
  report->features = app_machine_get_cpu_features ();
  report->n_cores = app_machine_get_n_cores ();
  NnContext *context = nn_context_new (n_threads);
  report->n_threads = nn_pool_get_n_threads (context->pool);
  report->kernels = context->kernels->name;
  nn_context_free (context);
  app_machine_get_memory (&report->memory);
  report->store = app_model_store_new (NULL, &report->store_error);
  if (report->store != NULL)
    report->models = app_model_store_list (report->store, &report->store_error);
  advise (report);
  report->devices = audio_capture_list_devices (&report->device_error);
  report->versions[0] =
      g_strdup_printf ("%u.%u.%u", glib_major_version, glib_minor_version, glib_micro_version);
  report->versions[1] = g_strdup (JSON_VERSION_S);
  report->versions[2] = g_strdup_printf ("%u.%u.%u", soup_get_major_version (),
                                         soup_get_minor_version (), soup_get_micro_version ());
}

static void
print_size (const char *label, guint64 n_bytes)
{
  g_autofree char *size = g_format_size_full (n_bytes, G_FORMAT_SIZE_DEFAULT);
  app_cli_printf ("%s%s", label, size);
}

static void
print_models (const Report *report)
{
  if (report->models == NULL) {
    app_cli_printf ("models      %s\n", report->store_error->message);
    return;
  }
  const char *folder = app_model_store_get_folder (report->store);
  g_autofree char *shown = app_json_display (folder);
  app_cli_printf ("store       %s", shown);
  print_size (", free ", app_machine_get_disk_free (folder));
  app_cli_printf ("\n");
  for (guint i = 0; i < report->models->len; i++) {
    const AppModel *model = g_ptr_array_index (report->models, i);
    app_cli_printf ("%-12s%-36s %-14s", i == 0 ? "models" : "", model->id,
                    app_task_name (model->task));
    if (model->is_installed)
      app_cli_printf (" installed\n");
    else
      app_cli_printf (" missing: hearsay models install %s\n", model->id);
  }
}

static void
print_report (const Report *report)
{
  g_autofree char *features = g_strjoinv (" ", report->features);
  app_cli_printf ("hearsay     " HEARSAY_VERSION "\n");
  app_cli_printf ("processor   %s, %d cores\n",
                  report->cpu_name != NULL ? report->cpu_name : "unknown", report->n_cores);
  app_cli_printf ("features    %s\n", features);
  app_cli_printf ("kernels     %s, %d threads\n", report->kernels, report->n_threads);
  print_size ("memory      ", report->memory.total_bytes);
  print_size (", free ", report->memory.available_bytes);
  if (report->memory.limit_bytes > 0)
    print_size (", limit ", report->memory.limit_bytes);
  app_cli_printf ("\n");
  print_models (report);
  if (report->devices == NULL || report->devices->len == 0) {
    app_cli_printf ("microphones %s\n",
                    report->devices != NULL ? "none" : report->device_error->message);
  } else {
    for (guint i = 0; i < report->devices->len; i++) {
      const AudioDevice *device = g_ptr_array_index (report->devices, i);
      g_autofree char *line = app_device_format (device);
      app_cli_printf ("%-12s%s\n", i == 0 ? "microphones" : "", line);
    }
  }
  app_cli_printf ("libraries   glib %s, json-glib %s, libsoup %s, sqlite %s", report->versions[0],
                  report->versions[1], report->versions[2], sqlite3_libversion ());
  for (const AudioLibrary *l = audio_libraries_get (); l->name != NULL; l++)
    app_cli_printf (", %s %s", l->name, l->version);
  app_cli_print ("\n");
  for (guint i = 0; i < report->advice->len; i++) {
    const AppAdvice *advice = g_ptr_array_index (report->advice, i);
    app_cli_printf ("%-12s%s\n", i == 0 ? "faster" : "", advice->text);
  }
}

static void
build_models (const Report *report, JsonBuilder *json)
{
  const char *folder = report->store != NULL ? app_model_store_get_folder (report->store) : NULL;
  app_json_add_string (json, "store", folder);
  app_json_add_int (json, "store_free_bytes",
                    folder != NULL ? (gint64) app_machine_get_disk_free (folder) : 0);
  json_builder_set_member_name (json, "models");
  json_builder_begin_array (json);
  for (guint i = 0; report->models != NULL && i < report->models->len; i++) {
    const AppModel *model = g_ptr_array_index (report->models, i);
    json_builder_begin_object (json);
    app_json_add_string (json, "id", model->id);
    app_json_add_string (json, "task", app_task_name (model->task));
    json_builder_set_member_name (json, "installed");
    json_builder_add_boolean_value (json, model->is_installed);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

static void
print_json (const Report *report)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  app_json_add_string (json, "version", HEARSAY_VERSION);
  app_json_add_string (json, "cpu", report->cpu_name);
  json_builder_set_member_name (json, "features");
  json_builder_begin_array (json);
  for (char **f = report->features; *f != NULL; f++)
    json_builder_add_string_value (json, *f);
  json_builder_end_array (json);
  app_json_add_int (json, "cores", report->n_cores);
  app_json_add_int (json, "threads", report->n_threads);
  app_json_add_string (json, "kernels", report->kernels);
  app_json_add_int (json, "memory_bytes", (gint64) report->memory.total_bytes);
  app_json_add_int (json, "memory_free_bytes", (gint64) report->memory.available_bytes);
  app_json_add_int (json, "memory_limit_bytes", (gint64) report->memory.limit_bytes);
  build_models (report, json);
  json_builder_set_member_name (json, "devices");
  app_devices_build_json (report->devices, json);
  json_builder_set_member_name (json, "libraries");
  json_builder_begin_object (json);
  app_json_add_string (json, "glib", report->versions[0]);
  app_json_add_string (json, "json-glib", report->versions[1]);
  app_json_add_string (json, "libsoup", report->versions[2]);
  app_json_add_string (json, "sqlite", sqlite3_libversion ());
  for (const AudioLibrary *l = audio_libraries_get (); l->name != NULL; l++)
    app_json_add_string (json, l->name, l->version);
  json_builder_end_object (json);
  json_builder_set_member_name (json, "advice");
  json_builder_begin_array (json);
  for (guint i = 0; i < report->advice->len; i++) {
    const AppAdvice *advice = g_ptr_array_index (report->advice, i);
    json_builder_begin_object (json);
    app_json_add_string (json, "id", advice->id);
    app_json_add_string (json, "text", advice->text);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  json_builder_end_object (json);
  app_cli_print_json (json);
}

int
app_command_doctor (int argc, char **argv)
{
  g_auto (AppCliOptions) options = { 0 };
  int status;
  if (!app_cli_parse (argc, argv, NULL, &options, &status))
    return status;
  if (options.n_arguments > 0)
    return app_cli_usage ("doctor takes no arguments");
  g_auto (Report) report = { 0 };
  look (&report, options.n_threads);
  if (options.json)
    print_json (&report);
  else
    print_report (&report);
  return APP_EXIT_OK;
}

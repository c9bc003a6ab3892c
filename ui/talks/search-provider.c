/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/talks/search-provider.h"

#include <glib/gi18n.h>

#include "ui/talks/talk-search.h"

#define MAX_FOUND 20
/* A program that was started for a search stays so long for the next letter. */
#define STAY_S 20
#define INTERFACE "org.gnome.Shell.SearchProvider2"

static const char introspection[] =
    "<node><interface name='" INTERFACE "'>"
    "<method name='GetInitialResultSet'><arg type='as' name='terms'/>"
    "<arg type='as' name='results' direction='out'/></method>"
    "<method name='GetSubsearchResultSet'><arg type='as' name='previous_results'/>"
    "<arg type='as' name='terms'/><arg type='as' name='results' direction='out'/></method>"
    "<method name='GetResultMetas'><arg type='as' name='identifiers'/>"
    "<arg type='aa{sv}' name='metas' direction='out'/></method>"
    "<method name='ActivateResult'><arg type='s' name='identifier'/><arg type='as' name='terms'/>"
    "<arg type='u' name='timestamp'/></method>"
    "<method name='LaunchSearch'><arg type='as' name='terms'/><arg type='u' name='timestamp'/>"
    "</method></interface></node>";

struct _HsSearchProvider {
  HsProgram *program;
  GDBusConnection *connection;
  GDBusNodeInfo *node;
  guint registration;
  gboolean is_ready;
  guint stay;                /* the source that ends the stay; 0: none */
  GPtrArray *waiting;        /* of GDBusMethodInvocation */
  GCancellable *cancellable; /* of searches, which refer to this */
  GHashTable *sentences;     /* id: what was found in that conversation by the latest search */
};

static GtkWidget *
present_window (HsSearchProvider *self)
{
  GApplication *application = g_application_get_default ();
  GtkWindow *window;

  g_application_activate (application);
  window = gtk_application_get_active_window (GTK_APPLICATION (application));
  /* A dialog may stand over it. */
  while (gtk_window_get_transient_for (window) != NULL)
    window = gtk_window_get_transient_for (window);
  return GTK_WIDGET (window);
}

/* (transfer floating) */
static GVariant *
build_results (HsSearchProvider *self, GPtrArray *found)
{
  GVariantBuilder builder;

  g_hash_table_remove_all (self->sentences);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("as"));
  for (guint i = 0; found != NULL && i < found->len; i++) {
    const AppFound *one = g_ptr_array_index (found, i);
    char *id = g_strdup_printf ("%" G_GINT64_FORMAT, one->talk);

    if (g_hash_table_contains (self->sentences, id)) {
      g_free (id);
      continue;
    }
    g_variant_builder_add (&builder, "s", id);
    g_hash_table_insert (self->sentences, id, g_strdup (one->text));
  }
  return g_variant_new ("(as)", &builder);
}

static void
refuse (GDBusMethodInvocation *invocation)
{
  g_dbus_method_invocation_return_dbus_error (invocation, "org.freedesktop.DBus.Error.NoReply",
                                              "quitting");
}

/* A search that was cancelled outlived its provider. */
static void
searched_cb (GObject *source, GAsyncResult *result, gpointer invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = hs_talk_search_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    refuse (invocation);
  else
    g_dbus_method_invocation_return_value (
        invocation, build_results (g_dbus_method_invocation_get_user_data (invocation), found));
}

static void
search (HsSearchProvider *self, GDBusMethodInvocation *invocation, GVariant *terms)
{
  AppConversations *store = hs_program_get_store (self->program);
  g_autofree const char **words = g_variant_get_strv (terms, NULL);
  g_autofree char *query = g_strjoinv (" ", (char **) words);

  if (store == NULL)
    g_dbus_method_invocation_return_value (invocation, build_results (self, NULL));
  else
    hs_talk_search_async (self->program, store, query, MAX_FOUND, self->cancellable, searched_cb,
                          invocation);
}

static GVariant *
describe (HsSearchProvider *self, GVariant *ids)
{
  AppConversations *store = hs_program_get_store (self->program);
  GVariantBuilder builder;
  GVariantIter iter;
  const char *id;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  g_variant_iter_init (&iter, ids);
  while (g_variant_iter_next (&iter, "&s", &id)) {
    g_autoptr (AppTalk) talk = NULL;
    const char *sentence = g_hash_table_lookup (self->sentences, id);
    const char *title;

    if (store != NULL)
      talk = app_conversations_get (store, g_ascii_strtoll (id, NULL, 10), NULL);
    if (talk == NULL)
      continue;
    title = talk->title[0] != '\0' ? talk->title : _ ("Conversation");
    g_variant_builder_open (&builder, G_VARIANT_TYPE ("a{sv}"));
    g_variant_builder_add (&builder, "{sv}", "id", g_variant_new_string (id));
    g_variant_builder_add (&builder, "{sv}", "name", g_variant_new_string (title));
    if (sentence != NULL && !g_str_equal (sentence, title))
      g_variant_builder_add (&builder, "{sv}", "description", g_variant_new_string (sentence));
    g_variant_builder_close (&builder);
  }
  return g_variant_new ("(aa{sv})", &builder);
}

static void
answer (HsSearchProvider *self, GDBusMethodInvocation *invocation)
{
  const char *method = g_dbus_method_invocation_get_method_name (invocation);
  GVariant *parameters = g_dbus_method_invocation_get_parameters (invocation);
  g_autoptr (GVariant) first = g_variant_get_child_value (parameters, 0);
  g_autoptr (GVariant) second = NULL;
  GVariant *result = NULL;

  if (g_str_equal (method, "GetInitialResultSet")) {
    search (self, invocation, first);
    return;
  }
  if (g_str_equal (method, "GetSubsearchResultSet")) {
    second = g_variant_get_child_value (parameters, 1);
    search (self, invocation, second);
    return;
  }
  if (g_str_equal (method, "GetResultMetas"))
    result = describe (self, first);
  else if (g_str_equal (method, "ActivateResult")) {
    gint64 talk = g_ascii_strtoll (g_variant_get_string (first, NULL), NULL, 10);

    gtk_widget_activate_action (present_window (self), "win.open-conversation", "x", talk);
  } else {
    g_autofree const char **words = g_variant_get_strv (first, NULL);
    g_autofree char *query = g_strjoinv (" ", (char **) words);

    gtk_widget_activate_action (present_window (self), "win.search-for", "s", query);
  }
  g_dbus_method_invocation_return_value (invocation, result);
}

static gboolean
stayed_cb (gpointer user_data)
{
  HsSearchProvider *self = user_data;

  self->stay = 0;
  g_application_release (g_application_get_default ());
  return G_SOURCE_REMOVE;
}

static void
stay (HsSearchProvider *self)
{
  if (self->stay == 0)
    g_application_hold (g_application_get_default ());
  else
    g_source_remove (self->stay);
  self->stay = g_timeout_add_seconds (STAY_S, stayed_cb, self);
}

static void
method_called (GDBusConnection *connection, const char *sender, const char *path,
               const char *interface, const char *method, GVariant *parameters,
               GDBusMethodInvocation *invocation, gpointer user_data)
{
  HsSearchProvider *self = user_data;

  stay (self);
  if (self->is_ready)
    answer (self, invocation);
  else
    g_ptr_array_add (self->waiting, invocation);
}

static void
store_ready_cb (HsSearchProvider *self)
{
  self->is_ready = TRUE;
  for (guint i = 0; i < self->waiting->len; i++)
    answer (self, g_ptr_array_index (self->waiting, i));
  g_ptr_array_set_size (self->waiting, 0);
}

HsSearchProvider *
hs_search_provider_new (HsProgram *program, GDBusConnection *connection,
                        const char *application_path, GError **error)
{
  static const GDBusInterfaceVTable vtable = { .method_call = method_called };
  g_autofree char *path = g_strconcat (application_path, "/SearchProvider", NULL);
  HsSearchProvider *self = g_new0 (HsSearchProvider, 1);

  self->program = program;
  self->connection = g_object_ref (connection);
  self->waiting = g_ptr_array_new ();
  self->cancellable = g_cancellable_new ();
  self->sentences = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->node = g_dbus_node_info_new_for_xml (introspection, NULL);
  g_signal_connect_swapped (program, "store-ready", G_CALLBACK (store_ready_cb), self);
  self->registration = g_dbus_connection_register_object (
      connection, path, self->node->interfaces[0], &vtable, self, NULL, error);
  if (self->registration == 0)
    g_clear_pointer (&self, hs_search_provider_free);
  return self;
}

void
hs_search_provider_free (HsSearchProvider *self)
{
  if (self == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->program, self);
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_clear_handle_id (&self->stay, g_source_remove);
  if (self->registration != 0)
    g_dbus_connection_unregister_object (self->connection, self->registration);
  for (guint i = 0; i < self->waiting->len; i++)
    refuse (g_ptr_array_index (self->waiting, i));
  g_ptr_array_unref (self->waiting);
  g_hash_table_unref (self->sentences);
  g_dbus_node_info_unref (self->node);
  g_object_unref (self->connection);
  g_free (self);
}

import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Redirect, Route, Switch } from "wouter";
import { Gate } from "./access/gate";
import { queryClient } from "./api/queries";
import { NotFound } from "./common/not-found";
import { Loading } from "./common/problem";
import { LanguageProvider } from "./i18n/language";
import { Shell } from "./shell/shell";

const ChatScreen = lazy(() => import("./chat/chat"));
const CouncilScreen = lazy(() => import("./council/council"));
const DashboardScreen = lazy(() => import("./dashboard/dashboard"));
const LiveScreen = lazy(() => import("./dashboard/live"));
const RecordScreen = lazy(() => import("./dashboard/record"));
const SearchScreen = lazy(() => import("./search/search"));
const DataScreen = lazy(() => import("./settings/data"));
const SettingsScreen = lazy(() => import("./settings/settings"));

/** The screens by address. */
function Screens() {
  return (
    <Suspense fallback={<Loading />}>
      <Switch>
        <Route path="/">
          {/* The council works without any key, so that is where a first visit begins. */}
          <Redirect to="/council" replace />
        </Route>
        <Route path="/chat/:id?">{({ id }) => <ChatScreen id={id ?? null} />}</Route>
        <Route path="/council/:id?">{({ id }) => <CouncilScreen id={id ?? null} />}</Route>
        <Route path="/dashboard/live" component={LiveScreen} />
        <Route path="/dashboard/record" component={RecordScreen} />
        <Route path="/dashboard" component={DashboardScreen} />
        <Route path="/search" component={SearchScreen} />
        <Route path="/settings/data" component={DataScreen} />
        <Route path="/settings" component={SettingsScreen} />
        <Route component={NotFound} />
      </Switch>
    </Suspense>
  );
}

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <LanguageProvider>
        <Gate>
          <Shell>
            <Screens />
          </Shell>
        </Gate>
      </LanguageProvider>
    </QueryClientProvider>
  );
}
